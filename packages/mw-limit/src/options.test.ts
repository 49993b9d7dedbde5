import { describe, expect, test } from 'vitest'
import { errorOf } from './limit.fixture.js'
import { type LimitOptions, limit } from './limit.js'

describe('options', () => {
  test.for<['message' | 'frame', LimitOptions]>([
    ['message', { messagesPerSecond: 50 }],
    ['message', { maxMessageBytes: 50 }],
    ['message', { bytesPerSecond: 50 }],
    ['message', { messagesPerSecond: 50, bytesPerSecond: 50, maxMessageBytes: 50 }],
    ['frame', { framesPerSecond: 50 }],
    ['frame', { maxFrameBytes: 50 }],
    ['frame', { framesPerSecond: 50, bytesPerSecond: 50 }],
    ['frame', { maxFrameBytes: 50, bytesPerSecond: 50 }]
  ])('make a middleware that the peer need not have, for each %s', ([scope, options]) => {
    expect(limit(options)).toMatchObject({ name: 'limit', contract: 2, wire: false, scope })
  })

  test.for<[string, unknown]>([
    ['rates', { messagesPerSecond: 50, framesPerSecond: 50 }],
    ['sizes', { maxMessageBytes: 50, maxFrameBytes: 50 }],
    ['a rate and a size', { messagesPerSecond: 50, bytesPerSecond: 50, maxFrameBytes: 50 }],
    ['a size and a rate', { maxMessageBytes: 50, framesPerSecond: 50 }],
    ['one of which has no value', { messagesPerSecond: 50, framesPerSecond: undefined }]
  ])('of messages and frames together are refused, with what to do instead: %s', ([, options]) => {
    const error = errorOf(() => limit(options as LimitOptions))
    expect(error.code).toBe('ERR_INVALID_ARGUMENT')
    expect(error.message).toBe(
      'limit(): it counts messages or frames, not both: put two limit() into the middleware, one with ' +
        'messagesPerSecond or maxMessageBytes, and one with framesPerSecond or maxFrameBytes.'
    )
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
    ['onexceeded that is no function', { framesPerSecond: 50, onexceeded: 'disconnect' }],
    ['now that is no function', { framesPerSecond: 50, now: 0 }],
    ['an option that does not exist', { framesPerSecond: 50, maxBytes: 100 }],
    ['onviolation, as onexceeded was called once', { framesPerSecond: 50, onviolation: () => {} }],
    ['messagesPerSecond: undefined', { messagesPerSecond: undefined }],
    ['maxMessageBytes: 0', { maxMessageBytes: 0 }],
    ['maxMessageBytes above a burst of bytes', { maxMessageBytes: 1001, bytesPerSecond: 1000 }]
  ])('refused with ERR_INVALID_ARGUMENT: %s', ([, options]) => {
    const error = errorOf(() => limit(options as LimitOptions))
    expect(error.code).toBe('ERR_INVALID_ARGUMENT')
    expect(error.message).toMatch(/^limit\(\): /)
  })
})
