import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { accept, close, data, frameOf, hello, open, synced, written } from '../test-support/raw-peer.js'
import { MAX_VARINT } from '../varint.js'
import { type Frame, headerOf, helloBody, KIND, MAX_TOPIC_ID, readFrame } from './frame.js'

const anyId = fc.oneof(fc.nat(MAX_TOPIC_ID), fc.nat(200), fc.constant(MAX_TOPIC_ID))
const bytesOf = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map(bytes => Buffer.from(bytes))
const anyBody = fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes))
const anyDescriptor = fc
  .string({ unit: 'grapheme', maxLength: 100 })
  .filter(text => Buffer.byteLength(text) <= 255)

/** A frame, and its bytes. */
const anyFrame: fc.Arbitrary<readonly [Frame, Buffer]> = fc.oneof(
  fc
    .tuple(bytesOf(8), fc.nat(MAX_VARINT))
    .map(([instance, maxTopics]): [Frame, Buffer] => [
      { kind: 'hello', instance, maxTopics },
      frameOf(KIND.hello, 0, helloBody(instance, maxTopics))
    ]),
  fc
    .tuple(anyId, bytesOf(16))
    .map(([id, tag]): [Frame, Buffer] => [{ kind: 'open', id, tag }, open(id, tag)]),
  fc
    .tuple(anyId, anyDescriptor)
    .map(([id, descriptor]): [Frame, Buffer] => [{ kind: 'accept', id, descriptor }, accept(id, descriptor)]),
  fc.constant<[Frame, Buffer]>([{ kind: 'synced' }, synced()]),
  fc
    .tuple(anyId, anyBody)
    .map(([id, body]): [Frame, Buffer] => [{ kind: 'data', id, body }, frameOf(KIND.data, id, body)]),
  anyId.map((id): [Frame, Buffer] => [{ kind: 'close', id }, close(id)])
)

describe('a frame', () => {
  test('of every kind is read as it was written', () => {
    fc.assert(
      fc.property(anyFrame, ([frame, bytes]) => {
        expect(readFrame(bytes)).toEqual(frame)
      })
    )
  })

  test('keeps kind and id apart up to the largest id', () => {
    expect(headerOf(MAX_TOPIC_ID, 7)).toBe(MAX_VARINT)
    expect(readFrame(close(MAX_TOPIC_ID))).toEqual({ kind: 'close', id: MAX_TOPIC_ID })
  })

  test('has views of the bytes it was read from', () => {
    const bytes = data(1, 'x')
    const frame = readFrame(bytes)
    bytes.fill(7, 1)
    expect(frame).toEqual({ kind: 'data', id: 1, body: Buffer.from([7, 7]) })
  })

  test('of a kind that is not known is unknown, whatever it carries', () => {
    fc.assert(
      fc.property(fc.constantFrom(6, 7), anyId, anyBody, (kind, id, body) => {
        expect(readFrame(frameOf(kind, id, body))).toEqual({ kind: 'unknown' })
      })
    )
  })

  test('HELLO may have more behind it, which later versions use', () => {
    fc.assert(
      fc.property(anyBody, more => {
        expect(readFrame(Buffer.concat([hello(1, 5), more]))).toEqual({
          kind: 'hello',
          instance: Buffer.alloc(8, 1),
          maxTopics: 5
        })
      })
    )
  })
})

describe('bytes that may be anything', () => {
  test('are a frame or undefined, and never an error', () => {
    const anyBytes = fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes))
    fc.assert(
      fc.property(anyBytes, bytes => {
        const frame = readFrame(bytes)
        // HELLO passes over what is behind it, and an unknown kind over everything: their bytes say more than they do.
        if (frame === undefined || frame.kind === 'unknown') return
        expect(bytes.subarray(0, written(frame).length)).toEqual(written(frame))
        if (frame.kind !== 'hello') expect(bytes).toHaveLength(written(frame).length)
      }),
      { numRuns: 2000 }
    )
  })

  test('made of a true frame by cutting, changing and adding are a frame or undefined', () => {
    fc.assert(
      fc.property(
        anyFrame,
        fc.nat(),
        fc.nat(),
        fc.nat(255),
        fc.uint8Array({ maxLength: 3 }),
        ([, whole], cut, at, byte, more) => {
          const bytes = Buffer.concat([whole.subarray(0, cut % (whole.length + 1)), more])
          if (bytes.length > 0) bytes[at % bytes.length] = byte
          const frame = readFrame(bytes)
          if (frame !== undefined && frame.kind !== 'unknown') {
            expect(bytes.subarray(0, written(frame).length)).toEqual(written(frame))
          }
        }
      ),
      { numRuns: 1000 }
    )
  })

  test.each([
    [
      'OPEN with a tag of any length but 16',
      (length: number) => frameOf(KIND.open, 0, Buffer.alloc(length)),
      16
    ],
    ['SYNCED with a body', (length: number) => frameOf(KIND.synced, 0, Buffer.alloc(length)), 0],
    ['CLOSE with a body', (length: number) => frameOf(KIND.close, 3, Buffer.alloc(length)), 0]
  ])('are no frame: %s', (_what, make, right) => {
    const lengths = Array.from({ length: 40 }, (_, length) => length)
    expect(lengths.filter(length => readFrame(make(length)) !== undefined)).toEqual([right])
  })

  test('are no frame: ACCEPT with a descriptor of more than 255 bytes', () => {
    const lengths = [0, 254, 255, 256, 1000, 100_000]
    const read = lengths.filter(length => readFrame(accept(0, 'x'.repeat(length))) !== undefined)
    expect(read).toEqual([0, 254, 255])
    // Characters of three bytes: it is the bytes that count.
    expect(readFrame(accept(0, '☕'.repeat(85)))).toBeDefined()
    expect(readFrame(accept(0, '☕'.repeat(86)))).toBeUndefined()
  })

  test('are no frame: ACCEPT with what is no UTF-8', () => {
    fc.assert(
      fc.property(anyBody, body => {
        const frame = readFrame(frameOf(KIND.accept, 0, body))
        if (frame?.kind === 'accept') expect(Buffer.from(frame.descriptor)).toEqual(body)
      })
    )
    expect(readFrame(frameOf(KIND.accept, 0, Buffer.from([0xc0, 0x80])))).toBeUndefined()
    expect(readFrame(frameOf(KIND.accept, 0, Buffer.from([0xef, 0xbb, 0xbf])))).toMatchObject({
      descriptor: '\ufeff'
    })
  })
})
