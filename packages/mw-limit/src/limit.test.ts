import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Clock, open, passes, passing } from './limit.fixture.js'
import { limit } from './limit.js'

/** The same for both: the names of the options, and what is counted. */
const UNITS = [
  { unit: 'messages', rate: 'messagesPerSecond', size: 'maxMessageBytes' },
  { unit: 'frames', rate: 'framesPerSecond', size: 'maxFrameBytes' }
] as const

describe.each(UNITS)('of $unit', ({ rate, size }) => {
  describe('a rate', () => {
    test('lets a burst through at once, and then the rate', () => {
      const clock = new Clock()
      const layer = open(limit({ [rate]: 10, burst: 3, now: clock.now }))
      expect(passing(layer, 50)).toBe(30)
      clock.milliseconds += 99
      expect(passing(layer, 5)).toBe(0)
      clock.milliseconds += 1
      expect(passing(layer, 5)).toBe(1)
      clock.milliseconds += 1000
      expect(passing(layer, 50)).toBe(10)
    })

    test('lets a burst through again after a pause, and no more than one however long it was', () => {
      const clock = new Clock()
      const layer = open(limit({ [rate]: 10, now: clock.now }))
      for (const pause of [0, 1000, 1e6, 1e12]) {
        clock.milliseconds += pause
        expect(passing(layer, 50)).toBe(10)
      }
    })

    test('below one a second lets one through now and then', () => {
      const clock = new Clock()
      const layer = open(limit({ [rate]: 0.25, burst: 4, now: clock.now }))
      expect(passing(layer, 5)).toBe(1)
      clock.milliseconds += 3999
      expect(passes(layer)).toBe(false)
      clock.milliseconds += 1
      expect(passes(layer)).toBe(true)
    })

    test('counts those of no bytes as well', () => {
      const layer = open(limit({ [rate]: 10, now: () => 0 }))
      expect(passing(layer, 50, 0)).toBe(10)
    })
  })

  describe('a rate of bytes', () => {
    test('lets a burst of bytes through at once, and then the rate', () => {
      const clock = new Clock()
      const layer = open(limit({ bytesPerSecond: 1000, burst: 2, [size]: 2000, now: clock.now }))
      expect(passing(layer, 50, 100)).toBe(20)
      clock.milliseconds += 250
      expect(passes(layer, 251)).toBe(false)
      expect(passes(layer, 250)).toBe(true)
      expect(passes(layer, 1)).toBe(false)
    })

    test('takes nothing for what it rejects: a smaller one may still pass', () => {
      const layer = open(limit({ bytesPerSecond: 1000, [rate]: 1e6, now: () => 0 }))
      expect(passes(layer, 900)).toBe(true)
      expect(passing(layer, 10, 200)).toBe(0)
      expect(passes(layer, 100)).toBe(true)
    })

    test('takes none for one that has too many bytes', () => {
      const layer = open(limit({ [rate]: 2, bytesPerSecond: 1000, now: () => 0 }))
      expect(passes(layer, 900)).toBe(true)
      expect(passing(layer, 10, 200)).toBe(0)
      expect(passing(layer, 10, 10)).toBe(1)
    })

    test('makes one of more than a burst too large, and says that it is its size', () => {
      const kinds: string[] = []
      const layer = open(
        limit({
          bytesPerSecond: 1000,
          [rate]: 1000,
          burst: 1.5,
          now: () => 0,
          onexceeded: ({ kind }) => kinds.push(kind)
        })
      )
      expect(passes(layer, 1501)).toBe(false)
      expect(passes(layer, 1500)).toBe(true)
      expect(passes(layer, 1)).toBe(false)
      expect(kinds).toEqual(['size', 'bytes'])
    })
  })

  test('a size rejects what is larger, to the byte, and costs a peer nothing else', () => {
    const layer = open(limit({ [size]: 100, [rate]: 3, now: () => 0 }))
    expect(passing(layer, 20, 101)).toBe(0)
    expect(passing(layer, 20, 100)).toBe(3)
  })

  test('at any rates, burst and times, exactly those pass that a token bucket has room for', () => {
    const amount = fc.integer({ min: 1, max: 200 })
    const step = fc.record({
      pause: fc.oneof(fc.constant(0), fc.nat({ max: 400 })),
      bytes: fc.nat({ max: 60 })
    })
    let passed = 0
    let rejected = 0
    fc.assert(
      fc.property(
        amount,
        amount,
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 80 }),
        fc.array(step, { minLength: 30, maxLength: 80 }),
        (perSecond, bytesPerSecond, burst, largest, steps) => {
          const clock = new Clock()
          const maxBytes = Math.min(largest, bytesPerSecond * burst)
          const layer = open(
            limit({ [rate]: perSecond, bytesPerSecond, burst, [size]: maxBytes, now: clock.now })
          )
          // The model looks at all of history instead of keeping a level: one passes if no stretch of time that ends
          // with it has more than the burst and what the rate gave since its beginning.
          const history: { at: number; bytes: number }[] = []
          const fits = (
            perSecond: number,
            cost: (frame: { bytes: number }) => number,
            now: number,
            bytes: number
          ) => {
            let sum = cost({ bytes })
            if (sum > perSecond * burst) return false
            for (const frame of history.toReversed()) {
              sum += cost(frame)
              if (sum * 1000 > perSecond * burst * 1000 + perSecond * (now - frame.at)) return false
            }
            return true
          }
          for (const { pause, bytes } of steps) {
            clock.milliseconds += pause
            const at = clock.milliseconds
            const expected =
              bytes <= maxBytes &&
              fits(perSecond, () => 1, at, bytes) &&
              fits(bytesPerSecond, frame => frame.bytes, at, bytes)
            expect(passes(layer, bytes)).toBe(expected)
            if (expected) history.push({ at, bytes })
            if (expected) passed++
            else rejected++
          }
        }
      ),
      { numRuns: 150 }
    )
    expect(passed).toBeGreaterThan(1000)
    expect(rejected).toBeGreaterThan(1000)
  })
})

test('a rate of bytes alone is one of messages', () => {
  expect(limit({ bytesPerSecond: 1000 }).scope).toBe('message')
  const layer = open(limit({ bytesPerSecond: 1000, now: () => 0 }))
  expect([900, 200, 100, 1, 0].map(bytes => passes(layer, bytes))).toEqual([true, false, true, false, true])
})

test('what we send passes, as it is, whatever the limits', () => {
  const layer = open(limit({ framesPerSecond: 1, bytesPerSecond: 10, maxFrameBytes: 5, now: () => 0 }))
  for (let sent = 0; sent < 100; sent++) {
    const frame = Buffer.alloc(1000)
    expect(layer.send(frame)).toBe(frame)
  }
  expect(passes(layer, 5)).toBe(true)
})
