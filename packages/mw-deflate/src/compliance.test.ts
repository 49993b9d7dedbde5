import { deflateRawSync } from 'node:zlib'
import { testMiddleware } from '@peersockets/testing'
import { describe, test } from 'vitest'
import { deflate } from './deflate.js'

const stored = (content: Buffer) => Buffer.concat([Buffer.of(0), content])
const compressed = (content: Buffer) => Buffer.concat([Buffer.of(1), deflateRawSync(content)])

/** Frames that nobody may send who has `maxFrameBytes`. */
const rejected = (maxFrameBytes: number) => [
  Buffer.alloc(0),
  Buffer.of(2),
  Buffer.of(1),
  compressed(Buffer.from('cut')).subarray(0, -1),
  Buffer.concat([compressed(Buffer.from('two streams')), deflateRawSync(Buffer.from('in one frame'))]),
  stored(Buffer.alloc(maxFrameBytes + 1)),
  compressed(Buffer.alloc(maxFrameBytes + 1)),
  compressed(Buffer.alloc(64 * 1024 * 1024))
]

describe('with its defaults', () => {
  const maxFrameBytes = 1024 * 1024
  testMiddleware(() => deflate(), {
    test,
    maxFrameBytes,
    maxOverheadBytes: 1,
    synchronous: true,
    rejects: rejected(maxFrameBytes)
  })
})

describe('where every frame is compressed, as small as it goes', () => {
  const maxInflatedBytes = 100_000
  testMiddleware(() => deflate({ level: 9, threshold: 0, maxInflatedBytes }), {
    test,
    maxFrameBytes: maxInflatedBytes,
    maxOverheadBytes: 1,
    synchronous: true,
    rejects: rejected(maxInflatedBytes)
  })
})
