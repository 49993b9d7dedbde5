import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createBootstrap } from '@peersockets/testing'
import { expect, onTestFinished, test } from 'vitest'
import { run } from '../run.js'
import { processesOf } from './processes.js'

test('a process that says some messages twice is found out by the others', async () => {
  const [result] = await run({
    scenarios: [processesOf('repeats', { networker: 0, hyperswarm: 0 }, ['networker'])],
    seed: 1,
    more: (_scenario, rounds) => rounds < 1,
    onround() {}
  })
  expect(result?.faults.map(({ what }) => what).join('\n')).toMatch(/Instead of 100 on \w+ came .*"n":99/)
})

test('a peer process ends when its parent was killed', async () => {
  const bootstrap = await createBootstrap()
  onTestFinished(() => bootstrap.close())
  const path = fileURLToPath(new URL('./processes/parent.fixture.ts', import.meta.url))
  const parent = fork(path, [bootstrap.address], { execArgv: ['--import', 'tsx'], silent: true })
  onTestFinished(() => void parent.kill('SIGKILL'))
  const [line] = await once(parent.stdout ?? parent, 'data')
  const pid = Number(line)
  expect(isAlive(pid)).toBe(true)
  parent.kill('SIGKILL')
  await expect.poll(() => isAlive(pid), { timeout: 30_000 }).toBe(false)
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
