import { randomBytes } from 'node:crypto'
import { testMiddleware } from '@peersockets/testing'
import { describe, test } from 'vitest'
import { hmac } from './index.js'

const promises = {
  test,
  detects: ['tamper', 'truncate', 'replay', 'reorder', 'reflect', 'move'],
  synchronous: true,
  maxFrameBytes: 8 * 1024 * 1024
} as const

const strange = randomBytes(32)

describe('without a shared key', () => {
  testMiddleware(() => hmac(), {
    ...promises,
    maxOverheadBytes: 22,
    stranger: () => hmac({ key: strange })
  })
})

describe('with a shared key and a whole tag', () => {
  const key = randomBytes(32)
  testMiddleware(() => hmac({ key, tagBytes: 32 }), {
    ...promises,
    maxOverheadBytes: 38,
    stranger: () => hmac({ key: strange, tagBytes: 32 })
  })
})

describe('with keys that rotate', () => {
  const keys = [randomBytes(32), randomBytes(32)]
  testMiddleware(() => hmac({ keys }), { ...promises, maxOverheadBytes: 22, stranger: () => hmac() })
})
