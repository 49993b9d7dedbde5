import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { ROOT } from '../docs/repository.js'

const RUNNERS = {
  'node:test': `import { test } from 'node:test'`,
  tape: `import test from 'tape'`
}

const SUITES = `
import { json } from '@peersockets/codec-json'
import { hmac } from '@peersockets/mw-hmac'
import { testCodec, testMiddleware, testSchema } from '@peersockets/testing'
import * as z from 'zod'

testCodec(json, { test, samples: [null, 'text', { a: [1, -0] }], refuses: [undefined], rejects: [Buffer.from('1 2')] })
testMiddleware(() => hmac(), { test, detects: ['tamper', 'replay'], maxFrameBytes: 70_000, maxOverheadBytes: 22 })
testSchema(z.object({ text: z.string() }), {
  test,
  samples: [{ text: 'hi' }],
  refuses: [{ value: { text: 3 }, path: ['text'] }]
})`

const FLAWED = `
import { testCodec, testMiddleware } from '@peersockets/testing'

testCodec(() => ({ name: 'later', encode: () => Buffer.alloc(1), decode: () => 'another' }), { test, samples: ['text'] })
testMiddleware(() => ({ name: 'late', open: () => ({ send: async frame => frame, receive: frame => frame }) }), {
  test,
  synchronous: true,
  maxFrameBytes: 100,
  maxOverheadBytes: 0
})`

/** Runs a program in a process of its own, and reads the TAP that its runner writes. */
async function run(program: string): Promise<{ status: number | null; passed: string[]; failed: string[] }> {
  const child = spawn(process.execPath, ['--test-reporter=tap', '--input-type=module', '--eval', program], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 50_000
  })
  const exited = new Promise<number | null>(resolve => child.once('close', resolve))
  const outcomes = outcomesIn(await text(child.stdout))
  const named = (outcome: boolean) =>
    [...outcomes].filter(([, passed]) => passed === outcome).map(([name]) => name)
  return { status: await exited, passed: named(true), failed: named(false) }
}

/** Whether each test has passed. node:test has a line `ok 1 - name` for each; tape a line `# name`, and what failed below. */
function outcomesIn(tap: string): Map<string, boolean> {
  const outcomes = new Map<string, boolean>()
  let heading = ''
  for (const line of tap.split('\n')) {
    const [, not, name] = /^(not )?ok \d+ - (.+)$/.exec(line) ?? []
    if (name !== undefined) outcomes.set(name, not === undefined)
    else if (line.startsWith('not ok')) outcomes.set(heading, false)
    else if (/^# (?!Subtest: )/.test(line)) {
      heading = line.slice(2)
      outcomes.set(heading, true)
    }
  }
  return outcomes
}

describe.each(Object.entries(RUNNERS))('under %s', (_runner, imports) => {
  test('the suites run, and right plugins pass them', async () => {
    const { status, passed, failed } = await run(imports + SUITES)
    expect({ status, failed }).toEqual({ status: 0, failed: [] })
    expect(passed).toEqual(
      expect.arrayContaining([
        'json brings back every sample as it was',
        'hmac detects frames that were changed',
        'the schema of zod is synchronous'
      ])
    )
  })

  test('plugins with a flaw fail, by the checks that they do not pass', async () => {
    const { status, passed, failed } = await run(imports + FLAWED)
    expect(status).toBe(1)
    expect(failed).toEqual(
      expect.arrayContaining([
        'later brings back every sample as it was',
        'late makes nobody wait: it is synchronous'
      ])
    )
    expect(passed).toContain('late keeps the order of frames')
  })
})
