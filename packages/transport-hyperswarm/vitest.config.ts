import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    // Long, because a loaded machine is no failure; no test measures time.
    testTimeout: 60_000
  }
})
