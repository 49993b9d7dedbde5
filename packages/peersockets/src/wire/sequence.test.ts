import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { sequenceOf } from '../test-support/raw-peer.js'
import { VarintReader } from '../varint.js'
import { BlockPool } from './block-pool.js'
import { FULL_BYTES } from './bounds.js'
import { readSequence, SequenceWriter } from './sequence.js'

const anyItems = fc.array(
  fc.uint8Array({ maxLength: 300 }).map(item => Buffer.from(item)),
  { maxLength: 40 }
)

describe('a sequence', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(anyItems, items => {
        expect(readSequence(sequenceOf(items), items.length)).toEqual(items)
      })
    )
  })

  test('costs what was said that it would, item by item', () => {
    fc.assert(
      fc.property(anyItems, items => {
        const writer = new SequenceWriter(new BlockPool())
        let cost = 0
        for (const [at, item] of items.entries()) {
          writer.append(item)
          cost += SequenceWriter.cost(item.length)
          expect([writer.length, writer.count]).toEqual([cost, at + 1])
        }
        expect(writer.take()).toHaveLength(cost)
      })
    )
  })

  test('with an item in two parts is the one with the parts joined', () => {
    fc.assert(
      fc.property(fc.nat(0xffff_ffff), fc.uint8Array({ maxLength: 300 }), (header, body) => {
        const writer = new SequenceWriter(new BlockPool())
        writer.append(Buffer.from('before'))
        writer.appendHeaded(header, Buffer.from(body))
        const items = readSequence(writer.take(), 2) ?? []
        const reader = new VarintReader(items[1] ?? Buffer.alloc(0))
        expect(reader.read()).toBe(header)
        expect(reader.rest()).toEqual(Buffer.from(body))
      })
    )
  })

  test('has its own copy of what was appended, and stays as it is when the writer goes on', () => {
    const writer = new SequenceWriter(new BlockPool())
    const item = Buffer.from('first')
    writer.append(item)
    item.fill(0)
    const first = writer.take()
    expect([writer.length, writer.count]).toEqual([0, 0])
    writer.append(Buffer.from('other'))
    expect(readSequence(first, 1)).toEqual([Buffer.from('first')])
    expect(readSequence(writer.take(), 1)).toEqual([Buffer.from('other')])
  })

  test('takes memory as the one before it did, but not for what was longer than a full one', () => {
    const writer = new SequenceWriter(new BlockPool())
    const memoryFor = (length: number): number => {
      writer.append(Buffer.alloc(length))
      return writer.take().buffer.byteLength
    }
    memoryFor(60_000)
    expect(memoryFor(10)).toBeGreaterThan(60_000)
    // Of its own, or a part of Node's pool, which from Node 24 on is larger than that.
    expect(memoryFor(10)).toBeLessThanOrEqual(Math.max(1000, Buffer.allocUnsafe(1).buffer.byteLength))
    memoryFor(10_000_000)
    expect(memoryFor(10)).toBeLessThan(100_000)
  })

  test('of nothing is no bytes', () => {
    expect(new SequenceWriter(new BlockPool()).take()).toEqual(Buffer.alloc(0))
    expect(readSequence(Buffer.alloc(0), 0)).toEqual([])
  })
})

describe('bytes that may be anything', () => {
  test('are a sequence that would be written with just these bytes, or none', () => {
    const anyBytes = fc.uint8Array({ maxLength: 60 }).map(bytes => Buffer.from(bytes))
    fc.assert(
      fc.property(anyBytes, bytes => {
        const items = readSequence(bytes, 1000)
        if (items !== undefined) expect(sequenceOf(items)).toEqual(bytes)
      }),
      { numRuns: 1000 }
    )
  })

  test('are never read beyond their end, when a true sequence is cut or changed', () => {
    fc.assert(
      fc.property(anyItems, fc.nat(), fc.nat(), fc.integer({ min: 0, max: 255 }), (items, cut, at, byte) => {
        const whole = sequenceOf(items)
        const bytes = Buffer.from(whole.subarray(0, cut % (whole.length + 1)))
        if (bytes.length > 0) bytes[at % bytes.length] = byte
        const found = readSequence(bytes, 1000)
        if (found !== undefined) expect(sequenceOf(found)).toEqual(bytes)
      })
    )
  })

  test('with more items than allowed are none, found out without reading on', () => {
    const reads = vi.spyOn(VarintReader.prototype, 'read')
    expect(readSequence(Buffer.alloc(60_000), 1000)).toBeUndefined()
    expect(reads).toHaveBeenCalledTimes(1001)
    expect(readSequence(Buffer.alloc(1000), 1000)).toHaveLength(1000)
  })

  test('that are too long for several items are none but of one, found out at the second', () => {
    const reads = vi.spyOn(VarintReader.prototype, 'read')
    expect(readSequence(Buffer.alloc(FULL_BYTES))).toHaveLength(FULL_BYTES)
    reads.mockClear()
    expect(readSequence(Buffer.alloc(FULL_BYTES + 1))).toBeUndefined()
    expect(reads).toHaveBeenCalledTimes(2)
    const [long] = readSequence(sequenceOf([Buffer.alloc(1_000_000, 7)])) ?? []
    expect(long).toEqual(Buffer.alloc(1_000_000, 7))
  })
})

describe('the work', () => {
  test('of reading is one number an item, whatever the bytes are', () => {
    const reads = vi.spyOn(VarintReader.prototype, 'read')
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 500 }), bytes => {
        reads.mockClear()
        readSequence(Buffer.from(bytes), 1000)
        expect(reads.mock.calls.length).toBeLessThanOrEqual(bytes.length)
      })
    )
  })

  test.each([1000, 10_000, 100_000])('of writing %i items copies each byte three times at most', count => {
    const copies = vi.spyOn(Buffer.prototype, 'copy')
    const writer = new SequenceWriter(new BlockPool())
    const item = Buffer.alloc(16)
    for (let n = 0; n < count; n++) writer.append(item)
    const copied = copies.mock.results.reduce((sum, { value }) => sum + Number(value), 0)
    expect(copied).toBeLessThanOrEqual(3 * writer.take().length)
  })
})
