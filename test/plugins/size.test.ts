import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, test } from 'vitest'
import { ROOT } from '../docs/repository.js'

/** What a middleware may cost an app that bundles it, without what it depends on: bytes, minified and compressed. */
const MAX_BYTES = 3 * 1024

test.each(['mw-deflate', 'mw-encrypt', 'mw-hmac', 'mw-limit'])(
  '@peersockets/%s is at most 3 KiB, minified and compressed',
  async name => {
    const { outputFiles } = await build({
      stdin: { contents: `export * from '@peersockets/${name}'`, resolveDir: ROOT },
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      platform: 'node',
      external: ['peersockets']
    })
    const bytes = gzipSync(outputFiles[0]?.contents ?? '').length
    expect(bytes).toBeGreaterThan(500)
    expect(bytes).toBeLessThanOrEqual(MAX_BYTES)
  }
)
