import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { codeBlock, section } from './markdown.js'
import { ROOT, read } from './repository.js'

const require = createRequire(import.meta.url)

test.each([
  ['.', ['--require', require.resolve('@peersockets/testing/loopback-preload')]],
  ['packages/transport-hyperswarm', []]
])(
  'the quickstart of the README in %s runs as it is, and prints what the README says',
  async (folder, flags) => {
    const quickstart = section(read(`${folder}/README.md`), 'Quickstart')
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      [...flags, '--input-type=module', '--eval', codeBlock(quickstart, 'js', '// quickstart.mjs')],
      { cwd: join(ROOT, folder), timeout: 30_000 }
    )
    expect(stderr).toBe('')
    // Which of the two is first is chance.
    const printed = stdout.split('\n').sort()
    expect(printed).toEqual(codeBlock(quickstart, '', 'ada got').split('\n').sort())
    expect(printed).toHaveLength(3)
  }
)
