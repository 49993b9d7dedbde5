import { randomBytes } from 'node:crypto'
import { testMiddleware } from '@peersockets/testing'
import { describe, test } from 'vitest'
import { encrypt } from './encrypt.js'

const OVERHEAD_BYTES = 38

const strange = randomBytes(32)

const promises = {
  test,
  detects: ['tamper', 'truncate', 'replay', 'reorder', 'reflect', 'move'],
  synchronous: true,
  maxFrameBytes: 8 * 1024 * 1024,
  maxOverheadBytes: OVERHEAD_BYTES,
  rejects: [Buffer.alloc(0), Buffer.alloc(OVERHEAD_BYTES - 1), Buffer.alloc(OVERHEAD_BYTES)],
  stranger: () => encrypt({ key: strange })
} as const

describe('with a key', () => {
  const key = randomBytes(32)
  testMiddleware(() => encrypt({ key }), promises)
})

describe('with keys that rotate', () => {
  const keys = [randomBytes(32), randomBytes(16), randomBytes(64)]
  testMiddleware(() => encrypt({ keys }), promises)
})
