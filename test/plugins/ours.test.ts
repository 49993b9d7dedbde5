import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { ROOT, read, resolveFrom } from '../docs/repository.js'
import { PUBLIC_PACKAGES } from '../packages/public.js'

const SUITES: Readonly<Record<string, string>> = {
  codec: 'testCodec',
  mw: 'testMiddleware',
  transport: 'testTransport'
}

const plugins = PUBLIC_PACKAGES.flatMap(({ folder, manifest: { name } }) => {
  const suite = SUITES[/^@peersockets\/(\w+)-/.exec(name)?.[1] ?? '']
  return suite === undefined ? [] : [{ name, folder, suite }]
})

test('there are codecs, middleware and a transport', () => {
  expect(new Set(plugins.map(({ suite }) => suite))).toEqual(new Set(Object.values(SUITES)))
})

describe.each(plugins)('$name', ({ folder, suite }) => {
  test(`is held to ${suite} of @peersockets/testing`, () => {
    expect(read(`${folder}/src/compliance.test.ts`)).toContain(`${suite}(`)
  })

  test('imports nothing of another package but its public entry points, in its tests neither', () => {
    const outside = readdirSync(join(ROOT, folder, 'src'), { recursive: true, encoding: 'utf8' })
      .filter(file => file.endsWith('.ts'))
      .map(file => `${folder}/src/${file.replaceAll('\\', '/')}`)
      .flatMap(from =>
        ts
          .preProcessFile(read(from), true, true)
          .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
          .map(({ fileName }) => resolveFrom(from, fileName))
      )
      .filter(to => !to.startsWith(`${folder}/src/`))
    expect(outside).toEqual([])
  })
})
