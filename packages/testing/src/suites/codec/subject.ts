import { deepStrictEqual, ok } from 'node:assert/strict'
import type { Codec } from 'peersockets/plugin'
import { assertError } from '../suite.js'

/** What a codec promises beyond the contract. */
export interface CodecPromises {
  /** Values that come back equal in the sense of `assert.deepStrictEqual`: of every kind that the codec carries. */
  samples: readonly unknown[]
  /** Values that it refuses to encode. */
  refuses?: readonly unknown[]
  /** Bytes that it refuses to decode. */
  rejects?: readonly Uint8Array[]
  /** Default true. False: the zero that comes back for -0 is 0. */
  keepsNegativeZero?: boolean
}

export interface CodecSubject {
  /** A new codec, of the same configuration each time. */
  create(): Codec
  readonly promises: CodecPromises
}

/** The bytes of `value`, in a buffer that nobody else sees. */
export function encoded(codec: Codec, value: unknown): Buffer {
  const bytes = codec.encode(value)
  ok(Buffer.isBuffer(bytes), 'encode gave something that is no Buffer')
  return Buffer.from(bytes)
}

/** The value in a copy of `bytes`. */
export function decoded(codec: Codec, bytes: Uint8Array): unknown {
  return codec.decode(Buffer.from(bytes))
}

/** Fails unless `actual` is the same value as `expected`, as far as the codec promises to keep it. */
export function assertSame(
  promises: CodecPromises,
  actual: unknown,
  expected: unknown,
  message?: string
): void {
  const wanted = promises.keepsNegativeZero === false ? withPositiveZeros(expected) : expected
  // Node 26 takes no message that is undefined.
  if (message === undefined) deepStrictEqual(actual, wanted)
  else deepStrictEqual(actual, wanted, message)
}

/** Fails unless `bytes`, which an encoder made of `value`, are read as that value again. */
export function assertReads(
  promises: CodecPromises,
  reader: Codec,
  bytes: Buffer,
  value: unknown,
  what: string
): void {
  let read: unknown
  try {
    read = decoded(reader, bytes)
  } catch (cause) {
    throw new Error(`${what}: it is not read at all`, { cause })
  }
  assertSame(promises, read, value, what)
}

function withPositiveZeros(value: unknown): unknown {
  if (value === 0) return 0
  if (Array.isArray(value)) return Array.from(value, withPositiveZeros)
  if (value instanceof Map) return new Map(Array.from(value, ([key, item]) => [key, withPositiveZeros(item)]))
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withPositiveZeros(item)]))
}

/** What came of a call that may refuse; undefined if it did, with an error as it should. */
export function attempt<T>(what: string, call: () => T): { readonly result: T } | undefined {
  try {
    return { result: call() }
  } catch (thrown) {
    assertError(thrown, what)
    return undefined
  }
}

/** Fails unless `bytes` are refused, or hold a value that survives the way back. */
export function assertRefusedOrSound(
  { promises }: CodecSubject,
  codec: Codec,
  bytes: Buffer,
  what: string
): void {
  const outcome = attempt('decode', () => decoded(codec, bytes))
  if (outcome === undefined) return
  const { result: value } = outcome
  let again: unknown
  try {
    again = decoded(codec, encoded(codec, value))
  } catch (cause) {
    throw new Error(`${what} gave a value that does not go back: ${bytes.toString('hex').slice(0, 200)}`, {
      cause
    })
  }
  assertSame(promises, again, value, `${what} gave a value that is another on its way back`)
}

/** Every array of bytes within `value`. */
export function bytesWithin(value: unknown, seen = new Set<unknown>()): Uint8Array[] {
  if (typeof value !== 'object' || value === null || seen.has(value)) return []
  seen.add(value)
  if (value instanceof Uint8Array) return [value]
  const parts =
    value instanceof Map ? [...value].flat() : value instanceof Set ? [...value] : Object.values(value)
  return parts.flatMap(part => bytesWithin(part, seen))
}
