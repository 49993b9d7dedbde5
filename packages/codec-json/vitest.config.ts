import { defineConfig } from 'vitest/config'

// A configuration of its own keeps the package from being tested with the repository's, which looks elsewhere.
// Thousands of values and frames pass through a codec, on a machine that may be busy with something else.
export default defineConfig({ test: { include: ['src/**/*.test.ts'], testTimeout: 60_000 } })
