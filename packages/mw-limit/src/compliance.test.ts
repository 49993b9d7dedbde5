import { testMiddleware } from '@peersockets/testing'
import { describe, test } from 'vitest'
import { limit } from './limit.js'

const promises = { test, maxOverheadBytes: 0, synchronous: true } as const

describe('with limits of messages', () => {
  const maxMessageBytes = 100_000
  testMiddleware(() => limit({ messagesPerSecond: 1000, maxMessageBytes, now: () => 0 }), {
    ...promises,
    maxFrameBytes: maxMessageBytes,
    rejects: [Buffer.alloc(maxMessageBytes + 1)]
  })
})

describe('with a limit of size', () => {
  const maxFrameBytes = 100_000
  testMiddleware(() => limit({ maxFrameBytes }), {
    ...promises,
    maxFrameBytes,
    rejects: [Buffer.alloc(maxFrameBytes + 1), Buffer.alloc(8 * 1024 * 1024)]
  })
})

describe('with rates, within them', () => {
  const bytesPerSecond = 64 * 1024 * 1024
  const maxFrameBytes = 2 * 1024 * 1024
  testMiddleware(() => limit({ framesPerSecond: 1000, bytesPerSecond, maxFrameBytes, now: () => 0 }), {
    ...promises,
    maxFrameBytes,
    rejects: [Buffer.alloc(maxFrameBytes + 1)]
  })
})

describe('with rates alone, of which a burst is the largest frame', () => {
  // A clock in which a second passes between two frames.
  const ticking = () => {
    let seconds = 0
    return () => seconds++ * 1000
  }
  testMiddleware(() => limit({ framesPerSecond: 1, bytesPerSecond: 65_537, now: ticking() }), {
    ...promises,
    maxFrameBytes: 65_537,
    rejects: [Buffer.alloc(65_538)]
  })
})
