import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    // On a machine that is busy with other things, what takes milliseconds may take seconds.
    testTimeout: 30_000,
    expect: { poll: { timeout: 15_000 } }
  }
})
