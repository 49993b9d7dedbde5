import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Long, because a loaded machine is no failure; no test measures time.
    testTimeout: 60_000,
    restoreMocks: true,
    include: ['src/**/*.test.ts'],
    typecheck: { enabled: true, include: ['src/**/*.test-d.ts'] }
  }
})
