import fc from 'fast-check'
import { type Layer, type Middleware, type Peer, PeersocketsError } from 'peersockets'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type LimitOptions, limit, type Violation } from './limit.js'

/** A clock that goes when it is told to. */
class Clock {
  milliseconds = 0
  readonly now = () => this.milliseconds
}

const newPeer = (): Peer => ({ remotePublicKey: Buffer.alloc(32, 1) })

function open(middleware: Middleware, peer = newPeer(), topic = 'chat'): Layer {
  return middleware.open({
    topic,
    peer,
    localPublicKey: Buffer.alloc(32, 2),
    remotePublicKey: peer.remotePublicKey,
    exportKey() {
      throw new Error('no key is needed')
    },
    extend: frame => frame
  })
}

function errorOf(call: () => unknown): PeersocketsError {
  try {
    call()
  } catch (error) {
    if (error instanceof PeersocketsError) return error
    throw error
  }
  return expect.unreachable('nothing was thrown')
}

/** Whether a frame of `bytes` passes; it does unchanged, or is rejected as it should be. */
function passes(layer: Layer, bytes = 10): boolean {
  const frame = Buffer.alloc(bytes)
  try {
    expect(layer.receive(frame)).toBe(frame)
    return true
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_LIMIT_EXCEEDED' })
    return false
  }
}

/** How many of `frames` frames in a row pass. */
function passing(layer: Layer, frames: number, bytes?: number): number {
  return Array.from({ length: frames }, () => passes(layer, bytes)).filter(passed => passed).length
}

afterEach(() => {
  vi.restoreAllMocks()
})

describe('a rate of frames', () => {
  test('lets a burst through at once, and then the rate', () => {
    const clock = new Clock()
    const layer = open(limit({ framesPerSecond: 10, burst: 3, now: clock.now }))
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
    const layer = open(limit({ framesPerSecond: 10, now: clock.now }))
    for (const pause of [0, 1000, 1e6, 1e12]) {
      clock.milliseconds += pause
      expect(passing(layer, 50)).toBe(10)
    }
  })

  test('below one a second lets one through now and then', () => {
    const clock = new Clock()
    const layer = open(limit({ framesPerSecond: 0.25, burst: 4, now: clock.now }))
    expect(passing(layer, 5)).toBe(1)
    clock.milliseconds += 3999
    expect(passes(layer)).toBe(false)
    clock.milliseconds += 1
    expect(passes(layer)).toBe(true)
  })

  test('counts frames of no bytes as well', () => {
    const layer = open(limit({ framesPerSecond: 10, now: () => 0 }))
    expect(passing(layer, 50, 0)).toBe(10)
  })
})

describe('a rate of bytes', () => {
  test('lets a burst of bytes through at once, and then the rate', () => {
    const clock = new Clock()
    const layer = open(limit({ bytesPerSecond: 1000, burst: 2, now: clock.now }))
    expect(passing(layer, 50, 100)).toBe(20)
    clock.milliseconds += 250
    expect(passes(layer, 251)).toBe(false)
    expect(passes(layer, 250)).toBe(true)
    expect(passes(layer, 1)).toBe(false)
  })

  test('takes nothing for what it rejects: a smaller frame may still pass', () => {
    const layer = open(limit({ bytesPerSecond: 1000, now: () => 0 }))
    expect(passes(layer, 900)).toBe(true)
    expect(passing(layer, 10, 200)).toBe(0)
    expect(passes(layer, 100)).toBe(true)
  })

  test('takes no frame for a frame that has too many bytes', () => {
    const layer = open(limit({ framesPerSecond: 2, bytesPerSecond: 1000, now: () => 0 }))
    expect(passes(layer, 900)).toBe(true)
    expect(passing(layer, 10, 200)).toBe(0)
    expect(passing(layer, 10, 10)).toBe(1)
  })

  test('makes a frame of more than a burst too large, and its violation one of size', () => {
    const kinds: string[] = []
    const layer = open(
      limit({ bytesPerSecond: 1000, burst: 1.5, now: () => 0, onviolation: ({ kind }) => kinds.push(kind) })
    )
    expect(passes(layer, 1501)).toBe(false)
    expect(passes(layer, 1500)).toBe(true)
    expect(passes(layer, 1)).toBe(false)
    expect(kinds).toEqual(['size', 'bytes'])
  })
})

test('maxFrameBytes rejects what is larger, to the byte, and costs a peer nothing else', () => {
  const layer = open(limit({ maxFrameBytes: 100, framesPerSecond: 3, now: () => 0 }))
  expect(passing(layer, 20, 101)).toBe(0)
  expect(passing(layer, 20, 100)).toBe(3)
})

test('at any rates, burst and times, exactly those frames pass that a token bucket has room for', () => {
  const rate = fc.integer({ min: 1, max: 200 })
  const step = fc.record({
    pause: fc.oneof(fc.constant(0), fc.nat({ max: 400 })),
    bytes: fc.nat({ max: 60 })
  })
  let passed = 0
  let rejected = 0
  fc.assert(
    fc.property(
      rate,
      rate,
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 80 }),
      fc.array(step, { minLength: 30, maxLength: 80 }),
      (framesPerSecond, bytesPerSecond, burst, size, steps) => {
        const clock = new Clock()
        const maxFrameBytes = Math.min(size, bytesPerSecond * burst)
        const layer = open(limit({ framesPerSecond, bytesPerSecond, burst, maxFrameBytes, now: clock.now }))
        // The model looks at all of history instead of keeping a level: a frame passes if no stretch of time that ends
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
            bytes <= maxFrameBytes &&
            fits(framesPerSecond, () => 1, at, bytes) &&
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

test('what we send passes, as it is, whatever the limits', () => {
  const layer = open(limit({ framesPerSecond: 1, bytesPerSecond: 10, maxFrameBytes: 5, now: () => 0 }))
  for (let sent = 0; sent < 100; sent++) {
    const frame = Buffer.alloc(1000)
    expect(layer.send(frame)).toBe(frame)
  }
  expect(passes(layer, 5)).toBe(true)
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

describe('onviolation', () => {
  const peer = newPeer()

  test('hears of every frame that is rejected: whose, on which topic, and what it was too much of', () => {
    const violations: Violation[] = []
    const layer = open(
      limit({
        framesPerSecond: 3,
        bytesPerSecond: 100,
        maxFrameBytes: 60,
        now: () => 0,
        onviolation: violation => violations.push(violation)
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
    expect(violations).toEqual(
      ['size', 'bytes', 'frames', 'frames'].map(kind => ({ peer, topic: 'cursors', kind }))
    )
    expect(violations.every(violation => violation.peer === peer)).toBe(true)
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
  ])('that %s changes nothing, and is printed once', async ([, onviolation]) => {
    const printed = vi.spyOn(console, 'error').mockReturnValue()
    const middleware = limit({ framesPerSecond: 1, now: () => 0, onviolation })
    expect(passing(open(middleware), 10)).toBe(1)
    expect(passing(open(middleware), 10)).toBe(1)
    await new Promise(resolve => setImmediate(resolve))
    expect(printed.mock.calls).toEqual([['onviolation of limit() failed.', new Error('boom')]])
  })
})

describe('the error says what to compare', () => {
  test.for<[string, LimitOptions, number]>([
    ['it has more than 5 bytes, which is the most', { maxFrameBytes: 5 }, 6],
    ['the peer sends more than the 1 frames a second', { framesPerSecond: 1 }, 1],
    ['the peer sends more than the 8 bytes a second', { bytesPerSecond: 8 }, 5]
  ])('%s that limit() lets through', ([what, options, bytes]) => {
    const layer = open(limit({ ...options, now: () => 0 }))
    passes(layer, bytes)
    const error = errorOf(() => layer.receive(Buffer.alloc(bytes)))
    expect(error.code).toBe('ERR_LIMIT_EXCEEDED')
    expect(error.message).toBe(`A frame was dropped: ${what} that limit() lets through.`)
  })
})

describe('options', () => {
  test('the middleware is called limit', () => {
    expect(limit({ maxFrameBytes: 1 }).name).toBe('limit')
  })

  test.for<[string, unknown]>([
    ['none, which would limit nothing', {}],
    ['a burst alone', { burst: 2 }],
    ['nothing', undefined],
    ['null', null],
    ['a number', 50],
    [
      'framesPerSecond: undefined, so that a missing setting is not a topic without a limit',
      { framesPerSecond: undefined }
    ],
    ['framesPerSecond: 0', { framesPerSecond: 0 }],
    ['framesPerSecond: -1', { framesPerSecond: -1 }],
    ['framesPerSecond: NaN', { framesPerSecond: Number.NaN }],
    ['framesPerSecond: Infinity', { framesPerSecond: Number.POSITIVE_INFINITY }],
    ['framesPerSecond: "50"', { framesPerSecond: '50' }],
    ['framesPerSecond below what a burst makes one of', { framesPerSecond: 0.5 }],
    ['bytesPerSecond below what a burst makes one of', { bytesPerSecond: 10, burst: 0.01 }],
    ['maxFrameBytes: 0', { maxFrameBytes: 0 }],
    ['maxFrameBytes above a burst of bytes', { maxFrameBytes: 1001, bytesPerSecond: 1000 }],
    ['burst: 0', { framesPerSecond: 50, burst: 0 }],
    ['onviolation that is no function', { framesPerSecond: 50, onviolation: 'disconnect' }],
    ['now that is no function', { framesPerSecond: 50, now: 0 }],
    ['an option that does not exist', { messagesPerSecond: 50 }]
  ])('refused with ERR_INVALID_ARGUMENT: %s', ([, options]) => {
    const error = errorOf(() => limit(options as LimitOptions))
    expect(error.code).toBe('ERR_INVALID_ARGUMENT')
    expect(error.message).toMatch(/^limit\(\): /)
  })
})
