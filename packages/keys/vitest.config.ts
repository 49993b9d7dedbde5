import { defineConfig } from 'vitest/config'

// A configuration of its own keeps the package from being tested with the repository's, which looks elsewhere.
export default defineConfig({ test: { include: ['src/**/*.test.ts'] } })
