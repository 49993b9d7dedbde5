import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    // Real networks: on a machine that is busy, the system decides when a packet arrives.
    testTimeout: 30_000,
    expect: { poll: { timeout: 15_000 } }
  }
})
