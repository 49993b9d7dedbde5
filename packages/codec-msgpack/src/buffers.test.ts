import { isDeepStrictEqual } from 'node:util'
import { expect, test } from 'vitest'
import { msgpack } from './index.js'

test('both sides of a topic compare the name: msgpack', () => {
  expect(msgpack().name).toBe('msgpack')
})

test('what was encoded stays as it is while thousands of messages follow', () => {
  const codec = msgpack()
  const messages = Array.from({ length: 5000 }, (_, index) => ({ index, text: 'x'.repeat(index % 50) }))
  const encoded = messages.map(message => codec.encode(message))
  expect(encoded.map(bytes => codec.decode(bytes))).toEqual(messages)
})

test('a message larger than any before is carried, and small ones after it', () => {
  const codec = msgpack()
  const large = { bytes: Buffer.alloc(3_000_000, 1), text: 'é'.repeat(1_000_000), small: 1 }
  const encoded = codec.encode(large)
  expect(isDeepStrictEqual(codec.decode(encoded), large)).toBe(true)
  expect(codec.encode(1)).toEqual(Buffer.of(1))
})

test('a large message does not keep the next small one in its memory', () => {
  const codec = msgpack()
  codec.encode(Buffer.alloc(1_000_000))
  expect(codec.encode(1).buffer.byteLength).toBeLessThanOrEqual(Buffer.poolSize)
})

test.each([1, 1_000_000])(
  'a refused value of %d bytes leaves nothing behind: the next one is encoded',
  size => {
    const codec = msgpack()
    expect(() => codec.encode([Buffer.alloc(size), undefined])).toThrow(TypeError)
    expect(codec.encode([1])).toEqual(Buffer.of(0x91, 1))
    expect(codec.encode([2]).buffer.byteLength).toBeLessThanOrEqual(Buffer.poolSize)
  }
)

test('a getter that encodes with the same codec does not disturb the value around it', () => {
  const codec = msgpack()
  const value = {
    first: 'a',
    get inner() {
      return codec.encode({ text: 'x'.repeat(10_000) })
    },
    last: 'b'
  }
  expect(codec.decode(codec.encode(value))).toEqual({ first: 'a', inner: value.inner, last: 'b' })
})

test('what a getter throws comes out as it is', () => {
  const value = {
    get a() {
      throw new EvalError('mine')
    }
  }
  expect(() => msgpack().encode(value)).toThrow(EvalError)
})

test('bytes that come out are a copy: changing them does not change the frame, nor keep it in memory', () => {
  const frame = Buffer.concat([Buffer.of(0xc4, 2, 1, 2), Buffer.alloc(100_000)])
  const bytes = msgpack().decode(frame.subarray(0, 4))
  expect(bytes).toStrictEqual(Buffer.of(1, 2))
  frame.fill(9)
  expect(bytes).toStrictEqual(Buffer.of(1, 2))
})

test('decoding leaves the frame as it was', () => {
  const codec = msgpack()
  const frame = codec.encode({ at: new Date(1), list: [1n, 'é'], bytes: Buffer.of(1) })
  const before = Buffer.from(frame)
  codec.decode(frame)
  expect(frame).toEqual(before)
  expect(Reflect.ownKeys(frame)).toEqual(Reflect.ownKeys(before))
})
