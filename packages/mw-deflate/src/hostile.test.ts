import { randomBytes } from 'node:crypto'
import { constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { codeOf, compressed, errorOf, MIB, now, open, received, sent, text } from './deflate.fixture.js'

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
