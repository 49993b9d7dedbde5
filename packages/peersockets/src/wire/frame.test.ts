import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  accept,
  close,
  data,
  frameOf,
  hello,
  open,
  ping,
  pong,
  synced,
  written
} from '../test-support/raw-peer.js'
import { MAX_VARINT } from '../varint.js'
import {
  type Acceptance,
  acceptBody,
  type Frame,
  headerOf,
  helloBody,
  KIND,
  MAX_TOPIC_NUMBER,
  readFrame
} from './frame.js'

const anyId = fc.oneof(fc.nat(MAX_TOPIC_NUMBER), fc.nat(200), fc.constant(MAX_TOPIC_NUMBER))
const anyNumber = anyId.filter(id => id > 0)
const bytesOf = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map(bytes => Buffer.from(bytes))
const anyBody = fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes))
const anyPipelineId = fc
  .string({ unit: 'grapheme', maxLength: 100 })
  .filter(text => Buffer.byteLength(text) <= 255)
const anyAcceptance: fc.Arbitrary<Acceptance> = fc.record({
  distance: fc.nat(MAX_TOPIC_NUMBER),
  value: bytesOf(8),
  check: bytesOf(6),
  pipelineId: anyPipelineId
})

/** An ACCEPT with that pipeline id. */
const accepting = (pipelineId: string) =>
  accept(1, { distance: 0, value: Buffer.alloc(8, 2), check: Buffer.alloc(6, 3), pipelineId })

/** A frame, and its bytes. */
const anyFrame: fc.Arbitrary<readonly [Frame, Buffer]> = fc.oneof(
  fc
    .tuple(bytesOf(8), bytesOf(8), fc.nat(MAX_VARINT))
    .map(([instance, addressee, maxTopics]): [Frame, Buffer] => [
      { kind: 'hello', instance, addressee, maxTopics },
      frameOf(KIND.hello, 0, helloBody(instance, addressee, maxTopics))
    ]),
  fc
    .tuple(anyNumber, bytesOf(16))
    .map(([number, tag]): [Frame, Buffer] => [{ kind: 'open', number, tag }, open(number, tag)]),
  fc
    .tuple(anyId, anyAcceptance)
    .map(([number, acceptance]): [Frame, Buffer] => [
      { kind: 'accept', number, acceptance },
      accept(number, acceptance)
    ]),
  fc.constant<[Frame, Buffer]>([{ kind: 'synced' }, synced()]),
  fc
    .tuple(anyId, anyBody)
    .map(([number, body]): [Frame, Buffer] => [
      { kind: 'data', number, body },
      frameOf(KIND.data, number, body)
    ]),
  anyId.map((number): [Frame, Buffer] => [{ kind: 'close', number }, close(number)]),
  fc.nat(MAX_VARINT).map((token): [Frame, Buffer] => [{ kind: 'ping', token }, ping(token)]),
  fc.nat(MAX_VARINT).map((token): [Frame, Buffer] => [{ kind: 'pong', token }, pong(token)])
)

describe('a frame', () => {
  test('of every kind is read as it was written', () => {
    fc.assert(
      fc.property(anyFrame, ([frame, bytes]) => {
        expect(readFrame(bytes)).toEqual(frame)
      })
    )
  })

  test('keeps kind and number apart up to the largest number', () => {
    expect(headerOf(MAX_TOPIC_NUMBER, 7)).toBe(MAX_VARINT)
    expect(readFrame(close(MAX_TOPIC_NUMBER))).toEqual({ kind: 'close', number: MAX_TOPIC_NUMBER })
  })

  test('has views of the bytes it was read from', () => {
    const bytes = data(1, 'x')
    const frame = readFrame(bytes)
    bytes.fill(7, 1)
    expect(frame).toEqual({ kind: 'data', number: 1, body: Buffer.from([7, 7]) })
  })

  test('of a kind that is not known is unknown, whatever it carries', () => {
    fc.assert(
      fc.property(anyId, anyBody, (id, body) => {
        expect(readFrame(frameOf(7, id, body))).toEqual({ kind: 'unknown' })
        if (id > 1) expect(readFrame(frameOf(KIND.ping, id, body))).toEqual({ kind: 'unknown' })
      })
    )
  })

  test('HELLO may have more behind it, which later versions use', () => {
    fc.assert(
      fc.property(anyBody, more => {
        expect(readFrame(Buffer.concat([hello(1, Buffer.alloc(8, 2), 5), more]))).toEqual({
          kind: 'hello',
          instance: Buffer.alloc(8, 1),
          addressee: Buffer.alloc(8, 2),
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

  const empty = (length: number) => Buffer.alloc(length)
  test.each([
    ['OPEN with a tag of any length but 16', (length: number) => frameOf(KIND.open, 1, empty(length)), [16]],
    ['OPEN with the number 0', (length: number) => frameOf(KIND.open, 0, empty(length)), []],
    ['SYNCED with a body', (length: number) => frameOf(KIND.synced, 0, empty(length)), [0]],
    ['SYNCED with an id', (length: number) => frameOf(KIND.synced, 1, empty(length)), []],
    ['HELLO with an id', (length: number) => frameOf(KIND.hello, 1, empty(length)), []],
    ['CLOSE with a body', (length: number) => frameOf(KIND.close, 3, empty(length)), [0]],
    ['PING with more or less than a token', (length: number) => frameOf(KIND.ping, 0, empty(length)), [1]],
    ['PONG with more or less than a token', (length: number) => frameOf(KIND.ping, 1, empty(length)), [1]]
  ])('are no frame: %s', (_what, make, right) => {
    const lengths = Array.from({ length: 40 }, (_, length) => length)
    expect(lengths.filter(length => readFrame(make(length)) !== undefined)).toEqual(right)
  })

  test('are no frame: HELLO, ACCEPT, PING and PONG that are cut off anywhere', () => {
    for (const whole of [hello(1), accepting(''), ping(300), pong(300)]) {
      const lengths = Array.from({ length: whole.length + 1 }, (_, length) => length)
      expect(lengths.filter(length => readFrame(whole.subarray(0, length)) !== undefined)).toEqual([
        whole.length
      ])
    }
  })

  test('are no frame: ACCEPT with a distance to a number that there is not', () => {
    const distant = (distance: number) =>
      frameOf(
        KIND.accept,
        1,
        acceptBody({ distance, value: Buffer.alloc(8), check: Buffer.alloc(6), pipelineId: '' })
      )
    const distances = [0, MAX_TOPIC_NUMBER, MAX_TOPIC_NUMBER + 1, MAX_VARINT]
    const read = distances.filter(distance => readFrame(distant(distance)) !== undefined)
    expect(read).toEqual([0, MAX_TOPIC_NUMBER])
  })

  test('are no frame: ACCEPT with a pipeline id of more than 255 bytes', () => {
    const lengths = [0, 254, 255, 256, 1000, 100_000]
    const read = lengths.filter(length => readFrame(accepting('x'.repeat(length))) !== undefined)
    expect(read).toEqual([0, 254, 255])
    // Characters of three bytes: it is the bytes that count.
    expect(readFrame(accepting('☕'.repeat(85)))).toBeDefined()
    expect(readFrame(accepting('☕'.repeat(86)))).toBeUndefined()
  })

  test('are no frame: ACCEPT with what is no UTF-8', () => {
    const named = (bytes: Uint8Array) =>
      readFrame(frameOf(KIND.accept, 1, Buffer.concat([Buffer.alloc(15, 1), bytes])))
    fc.assert(
      fc.property(anyBody, bytes => {
        const frame = named(bytes)
        if (frame?.kind === 'accept') expect(Buffer.from(frame.acceptance.pipelineId)).toEqual(bytes)
      })
    )
    expect(named(Buffer.from([0xc0, 0x80]))).toBeUndefined()
    expect(named(Buffer.from([0xef, 0xbb, 0xbf]))).toMatchObject({ acceptance: { pipelineId: '\ufeff' } })
  })
})
