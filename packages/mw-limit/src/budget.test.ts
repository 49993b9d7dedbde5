import { afterEach, describe, expect, test, vi } from 'vitest'
import { Clock, newPeer, open, passing } from './limit.fixture.js'
import { limit } from './limit.js'

afterEach(() => {
  vi.restoreAllMocks()
})

describe('a budget', () => {
  test('is one for all topics of a peer that share the limit', () => {
    const shared = limit({ framesPerSecond: 10, now: () => 0 })
    const peer = newPeer()
    const [chat, cursors] = [open(shared, peer, 'chat'), open(shared, peer, 'cursors')]
    expect(passing(chat, 7)).toBe(7)
    expect(passing(cursors, 7)).toBe(3)
    expect(passing(chat, 7)).toBe(0)
  })

  test('is another one for each limit', () => {
    const peer = newPeer()
    const [chat, cursors] = ['chat', 'cursors'].map(topic =>
      open(limit({ framesPerSecond: 10, now: () => 0 }), peer, topic)
    )
    expect([chat, cursors].map(layer => layer && passing(layer, 50))).toEqual([10, 10])
  })

  test('is another one for each peer, so that a flood costs nobody else a frame', () => {
    const shared = limit({ framesPerSecond: 10, now: () => 0 })
    const [mallory, ada] = [open(shared), open(shared)]
    expect(passing(mallory, 1000)).toBe(10)
    expect(passing(ada, 50)).toBe(10)
  })

  test('goes on when the topic is left and joined again, and begins anew with a new connection', () => {
    const shared = limit({ framesPerSecond: 10, now: () => 0 })
    const peer = newPeer()
    const before = open(shared, peer)
    expect(passing(before, 8)).toBe(8)
    before.close?.()
    expect(passing(open(shared, peer), 8)).toBe(2)
    expect(passing(open(shared, newPeer()), 50)).toBe(10)
  })
})

describe('the clock', () => {
  test('is performance.now unless another is given', () => {
    const clock = vi.spyOn(performance, 'now').mockReturnValue(5000)
    const layer = open(limit({ framesPerSecond: 10 }))
    expect(passing(layer, 50)).toBe(10)
    clock.mockReturnValue(5500)
    expect(passing(layer, 50)).toBe(5)
  })

  test('set back gives no frame, and goes on from there', () => {
    const clock = new Clock()
    clock.milliseconds = 1e9
    const layer = open(limit({ framesPerSecond: 10, now: clock.now }))
    expect(passing(layer, 50)).toBe(10)
    clock.milliseconds = 0
    expect(passing(layer, 50)).toBe(0)
    clock.milliseconds = 500
    expect(passing(layer, 50)).toBe(5)
  })

  test('that stops being a number gives no frame', () => {
    const clock = new Clock()
    const layer = open(limit({ framesPerSecond: 10, now: clock.now }))
    expect(passing(layer, 3)).toBe(3)
    clock.milliseconds = Number.NaN
    expect(passing(layer, 50)).toBe(7)
  })
})
