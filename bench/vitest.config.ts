import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    // Real connections and processes, and memory that is measured: one file at a time, each in a process of its own.
    fileParallelism: false,
    pool: 'forks',
    testTimeout: 60_000
  }
})
