import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { CORE, ROOT } from '../../docs/repository.js'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const require = createRequire(import.meta.url)

/** The tests of the core that need no more than the core: no addon, and of vitest what the shim has. */
const TESTS = [
  'peersockets.test.ts',
  'private-topics.test.ts',
  'pipeline/pipeline.test.ts',
  'session/limits.test.ts',
  'topic/handle.test.ts',
  'wire/frame.test.ts',
  'wire/private-wire.test.ts',
  'wire/sequence.test.ts',
  'varint.test.ts'
]

/** The one of them that needs a clock that is a fake. */
export const SKIPPED = [
  'a private topic > waits ten seconds for a peer that never says what it is in, and keeps within its bound'
]

/**
 * The core and its tests as one script for any JavaScript engine, with no shims but the packages `buffer` and `events`. It
 * leaves a promise of an `Outcome` in the global `outcome`. Fails if something else of Node is imported.
 */
export async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: [
        `import { runAll } from 'vitest'`,
        ...TESTS.map(path => `import ${JSON.stringify(`${ROOT}${CORE}/src/${path}`)}`),
        'globalThis.outcome = runAll()'
      ].join('\n'),
      resolveDir: here('.')
    },
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    // The tests stand in a package that says of its modules that they do nothing but export.
    ignoreAnnotations: true,
    // With the slash, it is the package of that name and not Node's own module. The others are the tests' own.
    alias: {
      events: require.resolve('events/'),
      vitest: here('vitest.ts'),
      '@peersockets/testing': here('network.ts')
    },
    inject: [here('buffer.ts')],
    logLevel: 'silent'
  })
  const [script] = outputFiles
  if (script === undefined) throw new Error('There is no script.')
  return script.text
}
