import { defineConfig } from 'vitest/config'

// Every combination of packages that is known to break the stack: some minutes, so not part of `npm test`.
export default defineConfig({
  test: { include: ['test/install/*.matrix.test.ts'], testTimeout: 60_000 }
})
