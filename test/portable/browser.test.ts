import { createContext, runInContext } from 'node:vm'
import { expect, test } from 'vitest'
import { bundle, SKIPPED } from './support/bundle.js'
import type { Outcome } from './support/vitest.js'

test('the core passes its tests in an engine that has what a browser has, and nothing of Node', async () => {
  const script = await bundle()
  const nothing = createContext({})
  expect(() => runInContext('process', nothing)).toThrow('process is not defined')
  expect(() => runInContext('Buffer', nothing)).toThrow('Buffer is not defined')
  const context = createContext({
    ...{ console, crypto, performance, queueMicrotask, setTimeout, clearTimeout, TextEncoder, TextDecoder },
    ...{ AbortController, AbortSignal, Event, EventTarget },
    // The tests' own; the core uses none.
    setImmediate
  })
  runInContext(script, context)
  const { passed, failures, skipped }: Outcome = await context.outcome
  expect(failures).toEqual([])
  expect(skipped).toEqual(SKIPPED)
  expect(passed).toBeGreaterThan(220)
})
