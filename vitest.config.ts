import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/**/*.matrix.test.ts'],
    // Real networks and real processes: one file at a time.
    fileParallelism: false,
    // Memory is measured.
    pool: 'forks',
    execArgv: ['--expose-gc'],
    testTimeout: 60_000
  }
})
