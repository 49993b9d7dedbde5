import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { ROOT } from '../docs/repository.js'
import { PUBLIC_PACKAGES } from './public.js'

const KIB = 1024

/** What a codec, a middleware or a transport may cost an app that bundles it. */
const PLUGIN_BUDGET = 3 * KIB

/** What others may. ARCHITECTURE.md says what of the core takes how much. */
const BUDGETS: Readonly<Record<string, number>> = {
  peersockets: 31 * KIB,
  // It reads every byte of a message before msgpackr does.
  '@peersockets/codec-msgpack': 3.25 * KIB,
  // It tells when all has left, and what a peer opens, neither of which Protomux does.
  '@peersockets/transport-hyperswarm': 3.75 * KIB
}

/** No app bundles it. */
const FOR_TESTS = '@peersockets/testing'

/** What the core may cost with what it imports: of zod, that is what runs a schema, and nothing that describes one. */
const WHOLE_BUDGET = 36 * KIB

const bundled = PUBLIC_PACKAGES.filter(
  ({ manifest }) => manifest.exports?.['.'] !== undefined && manifest.name !== FOR_TESTS
).map(({ manifest }) => ({ ...manifest, budget: BUDGETS[manifest.name] ?? PLUGIN_BUDGET }))

test.each(bundled)(
  '$name is at most $budget bytes, minified and compressed, without what it depends on',
  async ({ name, dependencies, peerDependencies, budget }) => {
    const bytes = await bundledBytes(name, Object.keys({ ...dependencies, ...peerDependencies }))
    expect(bytes).toBeGreaterThan(500)
    expect(bytes).toBeLessThanOrEqual(budget)
  }
)

test(`the core is at most ${WHOLE_BUDGET} bytes with all that it imports`, async () => {
  const bytes = await bundledBytes('peersockets', [])
  expect(bytes).toBeGreaterThan(await bundledBytes('peersockets', ['zod']))
  expect(bytes).toBeLessThanOrEqual(WHOLE_BUDGET)
})

async function bundledBytes(name: string, external: string[]): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: `export * from '${name}'`, resolveDir: ROOT },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    external
  })
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length
}
