import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { codeBlock, section } from './markdown.js'
import { ROOT, read } from './repository.js'

const require = createRequire(import.meta.url)

test('the quickstart of the README runs as it is, and prints what the README says', async () => {
  const quickstart = section(read('README.md'), 'Quickstart')
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [
      '--require',
      require.resolve('@peersockets/testing/loopback-preload'),
      '--input-type=module',
      '--eval',
      codeBlock(quickstart, 'js', '// quickstart.mjs')
    ],
    { cwd: ROOT, timeout: 30_000 }
  )
  expect(stderr).toBe('')
  // Which of the two is first is chance.
  const printed = stdout.split('\n').sort()
  expect(printed).toEqual(codeBlock(quickstart, '', 'ada got').split('\n').sort())
  expect(printed).toHaveLength(3)
})
