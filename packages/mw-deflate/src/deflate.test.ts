import { randomBytes } from 'node:crypto'
import { constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { type Layer, PeersocketsError, type Session } from 'peersockets'
import { describe, expect, test } from 'vitest'
import { type DeflateOptions, deflate } from './deflate.js'

const MIB = 1024 * 1024

/** Needs nothing of its session. */
const session: Session = {
  topic: 'log',
  peer: { remotePublicKey: Buffer.alloc(32, 1) },
  localPublicKey: Buffer.alloc(32, 2),
  remotePublicKey: Buffer.alloc(32, 1),
  exportKey() {
    throw new Error('no key is needed')
  },
  extend: frame => frame
}

const open = (options?: DeflateOptions): Layer => deflate(options).open(session)

/** The layer is synchronous, and anything else fails. */
function now(result: Buffer | Promise<Buffer>): Buffer {
  if (result instanceof Promise) throw new Error('a promise was returned')
  return result
}

const sent = (body: Buffer, options?: DeflateOptions): Buffer => now(open(options).send(body))
const received = (frame: Buffer, options?: DeflateOptions): Buffer => now(open(options).receive(frame))

function errorOf(call: () => unknown): PeersocketsError {
  try {
    call()
  } catch (error) {
    if (error instanceof PeersocketsError) return error
    throw error
  }
  return expect.unreachable('nothing was thrown')
}

const codeOf = (call: () => unknown): string => errorOf(call).code

const compressed = (content: Buffer): Buffer => Buffer.concat([Buffer.of(1), content])
const text = (length: number): Buffer => Buffer.alloc(length, 'the same again ')

describe('a frame', () => {
  test('arrives as what was sent: any bytes, at any level and threshold', () => {
    const options = fc.record(
      {
        level: fc.integer({ min: 1, max: 9 }),
        threshold: fc.nat({ max: 300 }),
        maxInflatedBytes: fc.integer({ min: 2000, max: MIB })
      },
      { requiredKeys: [] }
    )
    const repeated = fc
      .tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 100 }))
      .map(([unit, times]) => Buffer.concat(Array.from({ length: times }, () => unit)))
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 600 }).map(bytes => Buffer.from(bytes)),
      repeated
    )
    let shorter = 0
    fc.assert(
      fc.property(options, options, fc.array(body, { maxLength: 5 }), (ours, theirs, bodies) => {
        const [sender, receiver] = [open(ours), open(theirs)]
        for (const each of bodies) {
          const frame = now(sender.send(each))
          expect(frame.length).toBeLessThanOrEqual(each.length + 1)
          if (frame.length < each.length) shorter++
          expect(now(receiver.receive(frame)).equals(each)).toBe(true)
        }
      })
    )
    expect(shorter).toBeGreaterThan(20)
  })

  test.for([0, 1, 127, 128, 16_383, 16_384, 16_385, 65_536, MIB])('may carry %i bytes', length => {
    for (const body of [text(length), randomBytes(length)]) {
      expect(received(sent(body)).equals(body)).toBe(true)
    }
  })

  test('of text is a fraction of it on the wire', () => {
    expect(sent(text(65_536)).length).toBeLessThan(700)
  })

  test('is compressed harder at a higher level', () => {
    const words = Array.from({ length: 5000 }, (_, at) => `message ${(at * 7919) % 1000}`).join(' ')
    const [fast, small] = [1, 9].map(level => sent(Buffer.from(words), { level }).length)
    expect(small).toBeLessThan(fast ?? 0)
  })
})

describe('the form of a frame is fixed', () => {
  test('a small body stands behind a zero', () => {
    expect(sent(Buffer.from('hi')).toString('hex')).toBe('006869')
    expect(sent(Buffer.alloc(0)).toString('hex')).toBe('00')
    expect(received(Buffer.from('006869', 'hex')).toString()).toBe('hi')
    expect(received(Buffer.of(0))).toHaveLength(0)
  })

  // By zlib of Python, `compressobj(9, DEFLATED, -15)`.
  test('a compressed one is a one and a raw DEFLATE stream', () => {
    const frame = Buffer.from('014b4c4a4e494d4bcfc8cccacec9cdcb4f1ce5e2e60200', 'hex')
    const body = Buffer.from('abcdefghijklmno'.repeat(20))
    expect(received(frame).equals(body)).toBe(true)
  })

  test('from the threshold on it is compressed', () => {
    expect(sent(text(127))[0]).toBe(0)
    expect(sent(text(128))[0]).toBe(1)
    expect(sent(text(40), { threshold: 41 })[0]).toBe(0)
    expect(sent(text(40), { threshold: 40 })[0]).toBe(1)
  })

  test('what does not get shorter is not compressed', () => {
    for (const length of [128, 1000, 100_000]) {
      const body = randomBytes(length)
      expect(sent(body).equals(Buffer.concat([Buffer.of(0), body]))).toBe(true)
    }
    expect(sent(Buffer.alloc(0), { threshold: 0 })).toEqual(Buffer.of(0))
  })
})

describe('what a frame inflates to is bounded', () => {
  const bomb = (bytes: number) => compressed(deflateRawSync(Buffer.alloc(bytes), { level: 9 }))

  test('to a MiB unless more is asked for, to the byte', () => {
    expect(received(bomb(MIB))).toHaveLength(MIB)
    expect(codeOf(() => received(bomb(MIB + 1)))).toBe('ERR_MESSAGE_TOO_LARGE')
    expect(received(bomb(4 * MIB), { maxInflatedBytes: 4 * MIB })).toHaveLength(4 * MIB)
  })

  test('and a frame of 16 KiB that stands for 16 MiB is given up when the bound is reached', () => {
    const frame = bomb(16 * MIB)
    expect(frame.length).toBeLessThan(16_384)
    const before = process.memoryUsage().arrayBuffers
    expect(codeOf(() => received(frame))).toBe('ERR_MESSAGE_TOO_LARGE')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 * MIB)
  })

  test('at any bound, whatever is in the frame', () => {
    const size = fc.integer({ min: 0, max: 40_000 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40_000 }), size, fc.nat({ max: 255 }), (bound, length, byte) => {
        const frame = compressed(deflateRawSync(Buffer.alloc(length, byte)))
        const layer = open({ maxInflatedBytes: bound })
        if (length <= bound) expect(now(layer.receive(frame))).toHaveLength(length)
        else expect(codeOf(() => layer.receive(frame))).toBe('ERR_MESSAGE_TOO_LARGE')
      })
    )
  })

  test('also for what travels uncompressed', () => {
    expect(received(Buffer.alloc(101), { maxInflatedBytes: 100 })).toHaveLength(100)
    expect(codeOf(() => received(Buffer.alloc(102), { maxInflatedBytes: 100 }))).toBe('ERR_MESSAGE_TOO_LARGE')
  })

  test('and a sender with the same bound refuses what no receiver would take, however well it compresses', () => {
    for (const body of [text(MIB + 1), randomBytes(MIB + 1)]) {
      expect(codeOf(() => sent(body))).toBe('ERR_MESSAGE_TOO_LARGE')
    }
    expect(errorOf(() => sent(text(101), { maxInflatedBytes: 100 })).message).toMatch(
      /^A frame of 101 bytes was not sent, because maxInflatedBytes of deflate\(\) is 100\./
    )
  })
})

describe('rejected as ERR_MALFORMED_FRAME:', () => {
  const body = text(5000)
  const stream = deflateRawSync(body)

  test('a frame of no bytes, or with another first byte', () => {
    expect(codeOf(() => received(Buffer.alloc(0)))).toBe('ERR_MALFORMED_FRAME')
    for (let marker = 2; marker < 256; marker++) {
      const frame = Buffer.concat([Buffer.of(marker), stream])
      expect(
        codeOf(() => received(frame)),
        `marker ${marker}`
      ).toBe('ERR_MALFORMED_FRAME')
    }
  })

  test('a stream cut at any length', () => {
    for (let length = 0; length < stream.length; length++) {
      expect(
        codeOf(() => received(compressed(stream.subarray(0, length)))),
        `${length} bytes`
      ).toBe('ERR_MALFORMED_FRAME')
    }
    expect(received(compressed(stream)).equals(body)).toBe(true)
  })

  test('a stream with any byte behind it', () => {
    for (let byte = 0; byte < 256; byte++) {
      const frame = compressed(Buffer.concat([stream, Buffer.of(byte)]))
      expect(
        codeOf(() => received(frame)),
        `byte ${byte}`
      ).toBe('ERR_MALFORMED_FRAME')
    }
  })

  test('several streams, empty ones too', () => {
    const empty = deflateRawSync(Buffer.alloc(0))
    for (const second of [stream, empty]) {
      expect(codeOf(() => received(compressed(Buffer.concat([stream, second]))))).toBe('ERR_MALFORMED_FRAME')
      expect(codeOf(() => received(compressed(Buffer.concat([second, stream]))))).toBe('ERR_MALFORMED_FRAME')
    }
  })

  test('a stream that was flushed and not ended', () => {
    const flushed = deflateRawSync(body, { finishFlush: constants.Z_SYNC_FLUSH })
    expect(codeOf(() => received(compressed(flushed)))).toBe('ERR_MALFORMED_FRAME')
  })

  test('the formats around DEFLATE: zlib and gzip', () => {
    for (const wrapped of [deflateSync(body), gzipSync(body)]) {
      expect(codeOf(() => received(compressed(wrapped)))).toBe('ERR_MALFORMED_FRAME')
    }
  })

  test('with the reason of zlib as its cause', () => {
    expect(errorOf(() => received(compressed(Buffer.from('zz')))).cause).toMatchObject({
      code: 'Z_BUF_ERROR'
    })
  })

  test('garbage, unless it happens to be a stream: nothing but a bounded body or a known error comes of any bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 200 })
    let refused = 0
    fc.assert(
      fc.property(
        fc.oneof(
          bytes,
          bytes.map(some => compressed(Buffer.from(some)))
        ),
        frame => {
          try {
            expect(received(Buffer.from(frame)).length).toBeLessThanOrEqual(MIB)
          } catch (error) {
            expect(error).toMatchObject({
              code: expect.stringMatching(/^ERR_(MALFORMED_FRAME|MESSAGE_TOO_LARGE)$/)
            })
            refused++
          }
        }
      ),
      { numRuns: 500 }
    )
    expect(refused).toBeGreaterThan(100)
  })

  test('and the frames behind it are taken as before', () => {
    const [sender, receiver] = [open(), open()]
    const frames = [body, text(10), text(200_000)].map(each => now(sender.send(each)))
    for (const frame of frames) {
      expect(codeOf(() => receiver.receive(compressed(stream.subarray(9))))).toBe('ERR_MALFORMED_FRAME')
      expect(() => receiver.receive(frame)).not.toThrow()
    }
  })
})

describe('buffers', () => {
  test.for([10, 1000])(
    'of %i bytes that are given are not changed, and those that are returned are new',
    length => {
      const body = text(length)
      const frame = sent(body)
      const copies = [Buffer.from(body), Buffer.from(frame)]
      expect(frame.buffer === body.buffer && frame.byteOffset === body.byteOffset).toBe(false)
      received(frame)
      expect([body, frame]).toEqual(copies)
      body.fill(0)
      expect(frame).toEqual(copies[1])
    }
  )

  test('a small body does not keep the memory that zlib inflated it in', () => {
    const body = received(compressed(deflateRawSync(text(5000))))
    expect(body.buffer.byteLength).toBeLessThan(8193)
  })
})

describe('options', () => {
  test('the middleware is called deflate', () => {
    expect(deflate().name).toBe('deflate')
    expect(deflate({ level: 9, threshold: 0, maxInflatedBytes: 2 ** 30 }).name).toBe('deflate')
  })

  test.for<[string, unknown]>([
    ['level: 0', { level: 0 }],
    ['level: 10', { level: 10 }],
    ['level: 1.5', { level: 1.5 }],
    ['level: "6"', { level: '6' }],
    ['threshold: -1', { threshold: -1 }],
    ['threshold: NaN', { threshold: Number.NaN }],
    ['maxInflatedBytes: 0', { maxInflatedBytes: 0 }],
    ['maxInflatedBytes: Infinity', { maxInflatedBytes: Number.POSITIVE_INFINITY }],
    ['maxInflatedBytes: undefined', { maxInflatedBytes: undefined }],
    ['an option that does not exist', { maxBytes: 100 }],
    ['an option by the name of what every object has', { toString: 6 }],
    ['null', null],
    ['a number', 6]
  ])('refused with ERR_INVALID_ARGUMENT: %s', ([, options]) => {
    const error = errorOf(() => deflate(options as DeflateOptions))
    expect(error.code).toBe('ERR_INVALID_ARGUMENT')
    expect(error.message).toMatch(/^deflate\(\): /)
  })

  test('the words of a refusal name the option and its range', () => {
    expect(errorOf(() => deflate({ level: 10 })).message).toBe(
      'deflate(): level is a whole number from 1 to 9.'
    )
  })
})
