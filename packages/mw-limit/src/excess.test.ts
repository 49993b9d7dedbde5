import { afterEach, describe, expect, test, vi } from 'vitest'
import { errorOf, newPeer, open, passes, passing } from './limit.fixture.js'
import { type Excess, type LimitOptions, limit } from './limit.js'

afterEach(() => {
  vi.restoreAllMocks()
})

describe('onexceeded', () => {
  const peer = newPeer()

  test('hears of every frame that is rejected: whose, on which topic, and what it was too much of', () => {
    const excesses: Excess[] = []
    const layer = open(
      limit({
        framesPerSecond: 3,
        bytesPerSecond: 100,
        maxFrameBytes: 60,
        now: () => 0,
        onexceeded: excess => excesses.push(excess)
      }),
      peer,
      'cursors'
    )
    expect([61, 60, 60, 40, 0, 0, 0].map(bytes => passes(layer, bytes))).toEqual([
      false,
      true,
      false,
      true,
      true,
      false,
      false
    ])
    expect(excesses).toEqual(
      ['size', 'bytes', 'frames', 'frames'].map(kind => ({ peer, topic: 'cursors', kind }))
    )
    expect(excesses.every(excess => excess.peer === peer)).toBe(true)
  })

  test.for<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('boom')
      }
    ],
    ['returns a promise that rejects', () => Promise.reject(new Error('boom'))],
    [
      'returns what throws when it is waited for',
      () =>
        Object.defineProperty({}, 'then', {
          get() {
            throw new Error('boom')
          }
        })
    ]
  ])('that %s changes nothing, and is printed once', async ([, onexceeded]) => {
    const printed = vi.spyOn(console, 'error').mockReturnValue()
    const middleware = limit({ framesPerSecond: 1, now: () => 0, onexceeded })
    expect(passing(open(middleware), 10)).toBe(1)
    expect(passing(open(middleware), 10)).toBe(1)
    await new Promise(resolve => setImmediate(resolve))
    expect(printed.mock.calls).toEqual([['onexceeded of limit() failed.', new Error('boom')]])
  })
})

describe('the error says what to compare', () => {
  test.for<[string, LimitOptions, number]>([
    ['A frame was dropped: it has more than the 5 bytes', { maxFrameBytes: 5 }, 6],
    ['A message was dropped: it has more than the 5 bytes', { maxMessageBytes: 5 }, 6],
    ['A frame was dropped: the peer sends more than the 1 frames a second', { framesPerSecond: 1 }, 1],
    ['A message was dropped: the peer sends more than the 1 messages a second', { messagesPerSecond: 1 }, 1],
    ['A message was dropped: the peer sends more than the 8 bytes a second', { bytesPerSecond: 8 }, 5],
    [
      'A frame was dropped: the peer sends more than the 8 bytes a second',
      { bytesPerSecond: 8, maxFrameBytes: 8 },
      5
    ]
  ])('%s that limit() lets through', ([what, options, bytes]) => {
    const layer = open(limit({ ...options, now: () => 0 }))
    passes(layer, bytes)
    const error = errorOf(() => layer.receive(Buffer.alloc(bytes)))
    expect(error.code).toBe('ERR_LIMIT_EXCEEDED')
    expect(error.message).toBe(`${what} that limit() lets through.`)
  })
})
