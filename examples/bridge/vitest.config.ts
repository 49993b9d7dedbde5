import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    // Real processes and real networks, on a machine that may be busy with something else.
    testTimeout: 60_000,
    hookTimeout: 60_000
  }
})
