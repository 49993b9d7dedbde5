import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT, read } from '../docs/repository.js'
import { type Manifest, PUBLIC_PACKAGES } from './public.js'

const folders = new Set(PUBLIC_PACKAGES.map(({ folder }) => folder))
const unpublished = readdirSync(join(ROOT, 'packages'))
  .map(name => `packages/${name}`)
  .filter(folder => !folders.has(folder))
  .map((folder): Manifest => JSON.parse(read(`${folder}/package.json`)))

test('some source is shared by packages and not published', () => {
  expect(unpublished.map(({ name }) => name)).toEqual(['@peersockets/keys', '@peersockets/values'])
})

test.each(PUBLIC_PACKAGES)(
  '$manifest.name needs no package that is not published, neither its code nor its types',
  ({ folder, manifest }) => {
    const needed = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
    const built = readdirSync(join(ROOT, folder, 'dist'), { recursive: true, encoding: 'utf8' })
      .filter(file => /\.[cm]?[jt]s$/.test(file))
      .map(file => read(`${folder}/dist/${file}`))
    expect(built.length).toBeGreaterThan(0)
    for (const { name } of unpublished) {
      expect(needed).not.toContain(name)
      expect(built.filter(code => code.includes(name))).toEqual([])
    }
  }
)
