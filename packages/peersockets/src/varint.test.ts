import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { MAX_VARINT, MAX_VARINT_BYTES, VarintReader, varintLength, writeVarint } from './varint.js'

/** Numbers of every length, and not nearly all of the longest. */
const anyNumber = fc
  .tuple(fc.nat(MAX_VARINT), fc.nat(31))
  .map(([value, shift]) => Math.floor(value / 2 ** shift))

function written(value: number): Buffer {
  const bytes = Buffer.alloc(varintLength(value))
  writeVarint(bytes, value, 0)
  return bytes
}

describe('a number', () => {
  test('is read as it was written, from where it stands, in as many bytes as were announced', () => {
    fc.assert(
      fc.property(anyNumber, fc.uint8Array({ maxLength: 9 }), fc.uint8Array(), (value, before, after) => {
        const length = varintLength(value)
        const bytes = Buffer.concat([before, Buffer.alloc(length), after])
        expect(writeVarint(bytes, value, before.length)).toBe(before.length + length)
        expect(bytes.subarray(0, before.length)).toEqual(Buffer.from(before))
        expect(bytes.subarray(before.length + length)).toEqual(Buffer.from(after))
        const reader = new VarintReader(bytes)
        expect(reader.take(before.length)).toEqual(Buffer.from(before))
        expect(reader.read()).toBe(value)
        expect(reader.rest()).toEqual(Buffer.from(after))
      })
    )
  })

  test.each(Array.from({ length: 32 }, (_, bit) => bit))('at the edge of bit %i is read as written', bit => {
    const values = [2 ** bit - 1, 2 ** bit, 2 ** (bit + 1) - 1]
    expect(values.map(value => new VarintReader(written(value)).read())).toEqual(values)
  })

  test('has one form: whatever bytes are read as a number, they are the ones it is written with', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 8 }), input => {
        const reader = new VarintReader(Buffer.from(input))
        const value = reader.read()
        if (value === undefined) return
        expect(value).toBeLessThanOrEqual(MAX_VARINT)
        expect(written(value)).toEqual(Buffer.from(input.subarray(0, reader.offset)))
      })
    )
  })

  test('that is cut off is none, wherever it is cut', () => {
    fc.assert(
      fc.property(anyNumber, value => {
        const bytes = written(value)
        for (let end = 0; end < bytes.length; end++) {
          expect(new VarintReader(bytes.subarray(0, end)).read()).toBeUndefined()
        }
      })
    )
  })

  test('over the largest is none, in five bytes or more', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 2n ** 32n, max: 2n ** 63n }), value => {
        const bytes: number[] = []
        for (let rest = value; rest > 0n || bytes.length === 0; rest >>= 7n) {
          bytes.push(Number(rest & 0x7fn) | (rest >= 0x80n ? 0x80 : 0))
        }
        expect(new VarintReader(Buffer.from(bytes)).read()).toBeUndefined()
      })
    )
  })

  test('that never ends is given up after five bytes', () => {
    const reader = new VarintReader(Buffer.alloc(1_000_000, 0x80))
    expect(reader.read()).toBeUndefined()
    expect(reader.offset).toBe(MAX_VARINT_BYTES)
  })
})

describe('a reader', () => {
  test('gives views, not copies', () => {
    const bytes = Buffer.from([1, 2, 3])
    const reader = new VarintReader(bytes)
    const taken = reader.take(2)
    const rest = reader.rest()
    bytes.fill(9)
    expect([taken, rest]).toEqual([Buffer.from([9, 9]), Buffer.from([9])])
    expect(reader.done).toBe(true)
  })

  test('gives nothing beyond the end, and stays where it was', () => {
    const reader = new VarintReader(Buffer.from([1, 2, 3]))
    expect(reader.take(4)).toBeUndefined()
    expect(reader.take(MAX_VARINT)).toBeUndefined()
    expect(reader.take(3)).toEqual(Buffer.from([1, 2, 3]))
    expect(reader.take(1)).toBeUndefined()
    expect(reader.take(0)).toEqual(Buffer.alloc(0))
  })

  test('reads one number after the other until one is none', () => {
    const values = [0, 300, MAX_VARINT, 127]
    const reader = new VarintReader(Buffer.concat([...values.map(written), Buffer.from([0x80])]))
    const reads = vi.spyOn(reader, 'read')
    const found: number[] = []
    for (let value = reader.read(); value !== undefined; value = reader.read()) found.push(value)
    expect(found).toEqual(values)
    expect(reads).toHaveBeenCalledTimes(5)
    expect(reader.done).toBe(true)
  })
})
