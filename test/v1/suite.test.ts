import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const require = createRequire(import.meta.url)

/** The six tests that peersockets@1.0.0 was published with, by name. */
const SCENARIOS = [
  'static peers, single peer send',
  'static peers, multiple topics bidirectional send',
  'dynamic peer, single peer send',
  'can close a topic handle without closing the topic',
  'leaving a topic removes the extension',
  'connections persist across deduplication events'
]

test('the tests of peersockets@1.0.0 pass, unmodified, against this build', {
  timeout: 120_000
}, async () => {
  const suite = require.resolve('peersockets-v1/test/all.js')
  const preloads = [
    require.resolve('@peersockets/testing/loopback-preload'),
    fileURLToPath(new URL('ours-instead.cjs', import.meta.url))
  ]
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...preloads.flatMap(preload => ['--require', preload]), suite],
    { timeout: 100_000 }
  )
  const lines = stdout.split('\n')
  expect(lines.filter(line => /^# (?!tests|pass|fail|ok)/.test(line)).map(line => line.slice(2))).toEqual(
    SCENARIOS
  )
  expect(lines.filter(line => line.startsWith('not ok'))).toEqual([])
  expect(lines.filter(line => line.startsWith('ok')).length).toBeGreaterThanOrEqual(14)
  expect(lines).toContain('# ok')
})
