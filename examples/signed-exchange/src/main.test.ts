import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'

function start(...preloaded: string[]): ChildProcessByStdio<null, Readable, Readable> {
  const args = ['tsx', ...preloaded].flatMap(module => ['--import', module])
  return spawn(process.execPath, [...args, 'src/main.ts'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'pipe']
  })
}

async function run(...preloaded: string[]) {
  const demo = start(...preloaded)
  const [stdout, stderr, [code]] = await Promise.all([
    text(demo.stdout),
    text(demo.stderr),
    once(demo, 'close')
  ])
  return { stdout, stderr, code }
}

/** The processes of the peers, as the transcript names them. */
function peersIn(stdout: string): number[] {
  return [...stdout.matchAll(/process (\d+)/g)].map(([, pid]) => Number(pid))
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('the demo', () => {
  let demo: Awaited<ReturnType<typeof run>>
  beforeAll(async () => {
    demo = await run()
  })

  test('ends by itself, with success and without a complaint', () => {
    expect(demo).toMatchObject({ code: 0, stderr: '' })
  })

  test('leaves neither of its two peers behind', () => {
    const peers = peersIn(demo.stdout)
    expect(new Set(peers).size).toBe(2)
    expect(peers.filter(isAlive)).toEqual([])
  })

  test('shows typed messages arriving as they were sent, both ways', () => {
    expect(demo.stdout).toMatch(/bob gets +the same \(.*amount Number.*at Date\)/)
    expect(demo.stdout).toMatch(/ada gets +the same \(.*amount Number.*at Date\)/)
  })

  test('shows a message that does not fit the schema refused, with the field', () => {
    expect(demo.stdout).toMatch(/send\(\) throws +ERR_INVALID_MESSAGE at amount:/)
  })

  test('shows a changed message accepted by the bare topic', () => {
    expect(demo.stdout).toMatch(/bare topic +ada sends 'pay alice 10'\n +bob gets 'pay alice 90'/)
  })

  test('shows a changed message rejected by the signed topic, and the next one accepted', () => {
    expect(demo.stdout).toMatch(
      /signed topic +ada sends 'pay alice 10'\n.*ERR_BAD_SIGNATURE\n.*bob gets 'pay alice 10'/
    )
  })

  test('fits a terminal of 80 columns', () => {
    expect(demo.stdout.split('\n').filter(line => line.length > 80)).toEqual([])
  })
})

test('a signed topic that delivers a changed message is noticed, and told in one sentence', async () => {
  const { code, stdout, stderr } = await run(new URL('blind-signer.fixture.ts', import.meta.url).href)
  expect(code).toBe(1)
  expect(stderr.trim()).toMatch(
    /^The demo has failed: bob was to reject the changed order, but reports .*'signed', text: 'pay alice 90'.*\.$/
  )
  expect(peersIn(stdout).filter(isAlive)).toEqual([])
})

test('peers do not outlive a demo that is killed', async () => {
  const demo = start()
  let stdout = ''
  for await (const chunk of demo.stdout) {
    stdout += chunk
    if (peersIn(stdout).length === 2) demo.kill('SIGKILL')
  }
  const peers = peersIn(stdout)
  expect(peers).toHaveLength(2)
  await expect.poll(() => peers.filter(isAlive), { timeout: 10_000 }).toEqual([])
})
