import { randomBytes } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compressed, errorOf, MIB, now, open, received, sent, text } from './deflate.fixture.js'
import { type DeflateOptions, deflate } from './deflate.js'

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
    // Of its own, or a part of Node's pool, which other small buffers are in as well.
    expect(body.buffer.byteLength).toBeLessThanOrEqual(Buffer.allocUnsafe(1).buffer.byteLength)
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
