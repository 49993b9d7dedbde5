import { defineConfig } from 'vitest/config'

// Every combination of packages that is known to break the stack, and another runtime: some minutes and large downloads, so
// not part of `npm test`.
export default defineConfig({
  test: { include: ['test/**/*.matrix.test.ts'], testTimeout: 60_000 }
})
