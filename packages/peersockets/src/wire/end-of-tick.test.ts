import { expect, onTestFinished, test, vi } from 'vitest'
import { flushAtEndOfTick } from './end-of-tick.js'

/** The microtasks that are queued, to be run by hand. */
function microtasks(): (() => void)[] {
  const queued: (() => void)[] = []
  const spy = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation(task => queued.push(task))
  onTestFinished(() => spy.mockRestore())
  return queued
}

test('what is put there by one that is flushed goes in the same microtask, behind the rest', () => {
  const queued = microtasks()
  const flushed: string[] = []
  const packet = { flush: () => flushed.push('packet') }
  for (const name of ['first', 'second'])
    flushAtEndOfTick({
      flush() {
        flushed.push(name)
        if (name === 'first') flushAtEndOfTick(packet)
      }
    })
  for (const task of queued) task()
  expect(queued).toHaveLength(1)
  expect(flushed).toEqual(['first', 'second', 'packet'])
})

test('a fault of one does not keep later ticks from their end', () => {
  const queued = microtasks()
  flushAtEndOfTick({
    flush() {
      throw new Error('a fault')
    }
  })
  expect(() => queued[0]?.()).toThrow('a fault')
  const flush = vi.fn()
  flushAtEndOfTick({ flush })
  queued[1]?.()
  expect(flush).toHaveBeenCalledOnce()
})
