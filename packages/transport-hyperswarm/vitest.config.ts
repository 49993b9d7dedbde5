import { defineConfig } from 'vitest/config'

// Without a configuration of its own, the package would be tested with the one of the repository, which finds nothing here.
export default defineConfig({ test: { include: ['src/**/*.test.ts'] } })
