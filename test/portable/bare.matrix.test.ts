import { execFile } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { bundle, SKIPPED } from './support/bundle.js'
import type { Outcome } from './support/vitest.js'

const RUNTIME = `bare-runtime-${process.platform}-${process.arch}`
/** What Bare has no globals for: randomness, for the core; the rest, for the tests. */
const GLOBALS = ['bare-crypto', 'bare-abort-controller']

const PRELUDE = `
  require('bare-crypto/global')
  Object.assign(globalThis, require('bare-abort-controller'))
  globalThis.EventTarget = globalThis.Event = class { addEventListener () {} dispatchEvent () {} };
`

test('the core passes its tests on Bare', { timeout: 240_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'peersockets-bare-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  const install = ['install', '--prefer-offline', '--no-audit', '--no-fund', `${RUNTIME}@1.33`, ...GLOBALS]
  await promisify(execFile)('npm', install, { cwd: folder })
  const print = 'outcome.then(outcome => console.log(JSON.stringify(outcome)))'
  writeFileSync(join(folder, 'tests.js'), [PRELUDE, await bundle(), print].join('\n'))
  const { stdout } = await promisify(execFile)(
    join(folder, 'node_modules', RUNTIME, 'bin/bare'),
    ['tests.js'],
    {
      cwd: folder
    }
  )
  const { passed, failures, skipped }: Outcome = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
  expect(failures).toEqual([])
  expect(skipped).toEqual(SKIPPED)
  expect(passed).toBeGreaterThan(220)
})
