import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FrameCounter, MAX_COUNTER } from './frame-counter.js'

const counters = () => ({ sent: 0, received: 0 })

function accepts(counter: FrameCounter, number: number): boolean {
  try {
    counter.accept(number)
    return true
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_REPLAYED' })
    return false
  }
}

describe('the numbers of what is sent', () => {
  test('begin at 1, and go on in a layer that opens later', () => {
    const session = counters()
    const first = new FrameCounter(session)
    expect([first.next(), first.next()]).toEqual([1, 2])
    expect(new FrameCounter(session).next()).toBe(3)
    expect(session).toEqual({ sent: 3, received: 0 })
  })

  test('are given once, whichever layer of a session asks', () => {
    const session = counters()
    const layers = [new FrameCounter(session), new FrameCounter(session)]
    expect([...layers, ...layers].map(layer => layer.next())).toEqual([1, 2, 3, 4])
  })

  test('end with ERR_COUNTER_EXHAUSTED, and never begin again', () => {
    const session = { sent: MAX_COUNTER - 1, received: 0 }
    const counter = new FrameCounter(session)
    expect(counter.next()).toBe(MAX_COUNTER)
    for (const layer of [counter, counter, new FrameCounter(session)]) {
      expect(() => layer.next()).toThrow(expect.objectContaining({ code: 'ERR_COUNTER_EXHAUSTED' }))
    }
    expect(session.sent).toBe(2 ** 48 - 1)
  })
})

describe('the numbers of what is received', () => {
  test('only grow, with gaps or without', () => {
    const counter = new FrameCounter(counters())
    expect([1, 2, 2, 7, 3, 7, 8, 0].map(number => accepts(counter, number))).toEqual([
      true,
      true,
      false,
      true,
      false,
      false,
      true,
      false
    ])
  })

  test('begin, in a layer that opens, above all that was accepted before', () => {
    const session = counters()
    expect(accepts(new FrameCounter(session), 5)).toBe(true)
    const later = new FrameCounter(session)
    expect([4, 5, 6].map(number => accepts(later, number))).toEqual([false, false, true])
  })

  test('are the same for each of several layers that are open at once', () => {
    const session = counters()
    const layers = [new FrameCounter(session), new FrameCounter(session)]
    for (const number of [1, 2, 9]) {
      expect(layers.map(layer => accepts(layer, number))).toEqual([true, true])
      expect(layers.map(layer => accepts(layer, number))).toEqual([false, false])
    }
  })

  test('may be shared by the layers of one pipeline, each of which gets what the one outside of it has accepted', () => {
    const [sending, receiving] = [counters(), counters()]
    for (let opened = 0; opened < 3; opened++) {
      const [inner, outer] = [new FrameCounter(sending), new FrameCounter(sending)]
      const [innermost, outermost] = [new FrameCounter(receiving), new FrameCounter(receiving)]
      for (let frame = 0; frame < 5; frame++) {
        const [first, second] = [inner.next(), outer.next()]
        expect([accepts(outermost, second), accepts(innermost, first)]).toEqual([true, true])
        expect([accepts(outermost, second), accepts(innermost, first)]).toEqual([false, false])
      }
    }
  })

  test('in any layers, opened at any time: no layer accepts what is not above all that was accepted before it opened', () => {
    const step = fc.record({ opens: fc.boolean(), layer: fc.nat(), number: fc.integer({ min: 1, max: 60 }) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const session = counters()
        const layers: { counter: FrameCounter; above: number }[] = []
        let highest = 0
        for (const { opens, layer, number } of steps) {
          if (opens || layers.length === 0)
            layers.push({ counter: new FrameCounter(session), above: highest })
          const chosen = layers[layer % layers.length]
          if (chosen === undefined) continue
          const expected = number > chosen.above
          expect(accepts(chosen.counter, number)).toBe(expected)
          if (expected) chosen.above = number
          if (expected) highest = Math.max(highest, number)
          expect(session.received).toBe(highest)
        }
      })
    )
  })
})
