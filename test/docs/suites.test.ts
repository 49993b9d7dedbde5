import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type Test, testCodec, testMiddleware, testSchema, testTransport } from '@peersockets/testing'
import type { Codec, Middleware } from 'peersockets/plugin'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { diagnose, transpile } from './compile.js'
import { membersOf } from './declarations.js'
import { codeBlock, codeBlocks, section, tableRows } from './markdown.js'
import { ROOT, read } from './repository.js'

const readme = read('packages/testing/README.md')
const examples = codeBlocks(readme)
  .filter(
    ({ language, code }) =>
      language === 'ts' &&
      /\b(test(Codec|Middleware|Transport|Schema)|TestConnection|createNetwork|joinPair)\(/.test(code)
  )
  .map(({ code }) => code)

/** Runs a module of the README in a process of its own, and gives what it prints. */
async function run(code: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--test-reporter=tap', '--input-type=module', '--eval', transpile(code)],
    { cwd: ROOT, timeout: 50_000 }
  )
  return stdout
}

describe('the examples of the README of the kit', () => {
  test('compile', () => {
    expect(examples).toHaveLength(8)
    expect(diagnose(examples).flat()).toEqual([])
  })

  test('would not compile with a mistake in them', () => {
    const mistaken = examples.map(code => `${code}\nexport const mistake: number = 'text'`)
    expect(diagnose(mistaken).every(errors => errors.length > 0)).toBe(true)
  })

  test.each(['testCodec(float64', 'testMiddleware(seal', 'testSchema(schema'])(
    '%s runs under node:test, and its plugin passes',
    async beginning => {
      const printed = await run(codeBlock(readme, 'ts', beginning))
      expect(printed).toMatch(/^# fail 0$/m)
      expect(Number(/^# pass (\d+)$/m.exec(printed)?.[1])).toBeGreaterThanOrEqual(5)
    }
  )

  test.each(['new TestConnection', 'network.cut(', 'joinPair(', 'createBitFlipper()'])(
    '%s prints what it says',
    async beginning => {
      const code = codeBlock(readme, 'ts', beginning)
      const said = Array.from(code.matchAll(/^console\.log\(.+\) \/\/ (.+)$/gm), ([, line]) => `${line}\n`)
      expect(said.length).toBeGreaterThanOrEqual(2)
      expect(await run(code)).toBe(said.join(''))
    }
  )

  test('the README has every method of a network', () => {
    const rows = tableRows(readme, 'Connected peers in one line')
    const named = rows.flatMap(([cell = '']) => /^`(\w+)\(/.exec(cell)?.[1] ?? [])
    const declared = membersOf('packages/testing/src/networks/links.ts', 'Links')
    expect(named.toSorted()).toEqual(declared.toSorted())
  })
})

const codec: Codec = { name: 'x', encode: () => Buffer.alloc(0), decode: () => null }
const middleware: Middleware = { name: 'x', open: () => ({ send: frame => frame, receive: frame => frame }) }
const sizes = { maxFrameBytes: 1, maxOverheadBytes: 0 }
const attacks = ['tamper', 'truncate', 'replay', 'reorder', 'reflect', 'move'] as const
const nobody = () => Promise.reject(new Error('only registered'))

const HEADINGS: readonly (readonly [string, string, (test: Test) => void])[] = [
  [
    'testCodec(create, { test, samples, … })',
    'x ',
    test => testCodec(() => codec, { test, samples: [], refuses: [], rejects: [] })
  ],
  [
    'testMiddleware(create, { test, maxFrameBytes, maxOverheadBytes, … })',
    'x ',
    test => {
      const all = { detects: attacks, synchronous: true, rejects: [], stranger: () => middleware }
      testMiddleware(() => middleware, { test, ...sizes, ...all })
      testMiddleware(() => ({ ...middleware, wire: false }), { test, ...sizes, detects: ['drop'] })
    }
  ],
  [
    'testTransport(createPair, { test, … })',
    'x ',
    test => {
      testTransport(nobody, { test, name: 'x' })
      testTransport(nobody, { test, name: 'x', exportsKeys: false })
    }
  ],
  [
    'testSchema(schema, { test, samples, refuses })',
    'the schema of zod ',
    test => testSchema(z.string(), { test, samples: [], refuses: [] })
  ]
]

test.each(HEADINGS)('the README lists what %s tests, and nothing else', (heading, subject, suite) => {
  const registered = new Set<string>()
  suite(name => registered.add(name.slice(subject.length)))
  const listed = Array.from(section(readme, heading).matchAll(/^- (.+)$/gm), ([, promise]) => promise)
  expect(listed.toSorted()).toEqual([...registered].toSorted())
})

test('the README has every attack that can be detected', () => {
  const rows = tableRows(readme, 'testMiddleware(create, { test, maxFrameBytes, maxOverheadBytes, … })')
  const cells = rows.map(([cell = '']) => cell.replaceAll('`', ''))
  expect(cells).toEqual(expect.arrayContaining([...attacks, 'drop']))
})
