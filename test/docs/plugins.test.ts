import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { transpile } from './compile.js'
import { codeBlock, codeBlocks, codeSpans, section, tableRows } from './markdown.js'
import { ROOT, read } from './repository.js'

const text = read('PLUGINS.md')
const middleware = codeBlock(text, 'ts', 'export function numbered')
const suite = codeBlock(text, 'ts', 'testMiddleware(')

/** The tests that fail, of a module and of the suite that it is held to, in a process of its own. */
async function failing(module: string): Promise<string[]> {
  const inOne = suite.replace(/^import \* as plugin .+$/m, '').replace('plugin.numbered', 'numbered')
  const args = ['--test-reporter=tap', '--input-type=module', '--eval', transpile(module + inOne)]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, timeout: 50_000 }).catch(
    (failed: { stdout: string }) => failed
  )
  expect(stdout).toMatch(/^# tests 3\d$/m)
  return Array.from(stdout.matchAll(/^not ok \d+ - me\/numbered (.+)$/gm), ([, name = '']) => name)
}

describe('the middleware of PLUGINS.md', () => {
  test.each([
    ['index.ts', middleware],
    ['index.test.ts', suite]
  ])('is what npm create writes: %s', (file, code) => {
    const template = read(`packages/create-plugin/public/templates/middleware/src/${file}`)
    expect(code).toBe(template.replaceAll('__identifier__', 'numbered').replaceAll('__wire__', 'me/numbered'))
  })

  test('passes the suite', async () => {
    expect(await failing(middleware)).toEqual([])
  })

  const breaks = tableRows(text, 'A middleware, step by step').map(
    ([instead = '', written = '', fails = '']) => ({
      instead: codeSpans(instead)[0] ?? '',
      written: codeSpans(written)[0] ?? '',
      fails
    })
  )

  test('is broken in several ways', () => {
    expect(breaks.length).toBeGreaterThanOrEqual(4)
  })

  test.each(breaks)('is caught by the suite with $written', async ({ instead, written, fails }) => {
    expect(middleware.split(instead)).toHaveLength(2)
    expect(await failing(middleware.replace(instead, written))).toContain(fails)
  })
})

test('PLUGINS.md has no other code in TypeScript', () => {
  expect(codeBlocks(text).filter(({ language }) => language === 'ts')).toHaveLength(2)
})

test('PLUGINS.md has every attack that can be declared, and no other', () => {
  const declared = (rows: string[][]) =>
    rows.flatMap(([cell = '']) => /^`detects: \['(\w+)'\]`$/.exec(cell)?.[1] ?? [])
  const kit = read('packages/testing/README.md')
  const heading = 'testMiddleware(create, { test, maxFrameBytes, maxOverheadBytes, … })'
  const [, table = ''] = section(kit, heading).split('| `detects`  |')
  const known = Array.from(table.matchAll(/^\| `(\w+)`/gm), ([, name]) => name)
  expect(known).toHaveLength(7)
  expect(declared(tableRows(text, 'What the suite tests'))).toEqual(known)
})

describe('our own plugins', () => {
  const kinds = { codec: 'codec', mw: 'middleware', transport: 'transport' }
  const plugins = Object.entries(kinds).flatMap(([prefix, kind]) =>
    readdirSync(join(ROOT, 'packages'))
      .filter(folder => folder.startsWith(`${prefix}-`))
      .map(folder => [folder, kind] as const)
  )

  test('are there', () => {
    expect(plugins.length).toBeGreaterThanOrEqual(7)
  })

  test.each(plugins)('%s has the name and the keywords of a %s, as PLUGINS.md says', (folder, kind) => {
    const { name, keywords, peerDependencies } = JSON.parse(read(`packages/${folder}/package.json`))
    expect(name).toBe(`@peersockets/${folder}`)
    expect(keywords).toEqual(['peersockets', `peersockets-${kind}`])
    expect(Object.keys(peerDependencies)).toContain('peersockets')
    const [names = []] = tableRows(text, 'Names').filter(([what]) => what === 'keywords')
    expect(codeSpans(names.join(' '))).toEqual(expect.arrayContaining(keywords))
  })
})
