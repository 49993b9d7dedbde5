import { isMisplacedPromise } from '../call-safely.js'
import { PeersocketsError, reasonOf } from '../errors.js'
import { ownBytes } from '../own-bytes.js'
import type { Codec } from '../plugin.js'
import { asksForKeys } from './keyed-bytes.js'
import { lostKey } from './lost-keys.js'
import { messageOn, misfit, type Outcome, unsupported, type Way } from './objections.js'
import { rehearse, review, type Stage } from './rehearsal.js'
import type { Shape } from './schema.js'
import { type Census, censusOf } from './values.js'

/** A message without a codec is bytes, whatever its schema asks of them. */
const BYTES_ALONE: Census = { values: 1, bytes: 0, odd: false }

/** Makes bytes of the messages of a topic, before any middleware, and messages of bytes; `topic` is the name to put in errors. */
export class Coder {
  readonly #codec: Codec | undefined
  readonly #shape: Shape | undefined
  readonly #maxValues: number

  constructor(codec: Codec | undefined, shape: Shape | undefined, maxValues: number) {
    this.#codec = codec
    this.#shape = shape
    this.#maxValues = maxValues
  }

  /** Throws `ERR_INVALID_MESSAGE`, `ERR_UNSUPPORTED_SCHEMA`, `ERR_ENCODE_FAILED`. */
  encode(message: unknown, topic: string): Buffer {
    if (this.#shape === undefined) return this.#write(message, topic)
    try {
      return this.#encodeChecked(this.#shape, message, topic)
    } catch (cause) {
      throw PeersocketsError.is(cause) ? cause : unreadable(cause, 'out', topic)
    }
  }

  /** Throws `ERR_DECODE_FAILED`, `ERR_INVALID_MESSAGE`, `ERR_UNSUPPORTED_SCHEMA`, `ERR_ENCODE_FAILED`. */
  decode(bytes: Buffer, topic: string): unknown {
    if (this.#shape === undefined)
      return this.#read(this.#codec === undefined ? bytes : ownBytes(bytes), topic)
    try {
      return this.#decodeChecked(this.#shape, bytes, topic)
    } catch (cause) {
      throw PeersocketsError.is(cause) ? cause : unreadable(cause, 'in', topic)
    }
  }

  #encodeChecked(shape: Shape, message: unknown, topic: string): Buffer {
    const given = this.#codec === undefined ? bytesOf(message, topic) : message
    const before = this.#count(shape, given)
    const value = taken(shape.outgoing(given), 'out', topic)
    const checksOnly = shape.conduct === 'checks'
    // A schema that only checks makes no more of a message than there was, if it takes no bytes for objects.
    const isSmall = before.values + before.bytes <= this.#maxValues
    const after = checksOnly && isSmall ? before : this.#count(shape, value)
    this.#checkValues(after, 'out', topic)
    const bytes = this.#write(value, topic)
    this.#checkKeyedBytes(shape, after, bytes, 'out', topic)
    const received = checksOnly
      ? value
      : taken(rehearse(this.#stage(shape, topic), bytes, given), 'out', topic)
    if (before.odd) checkKeys(shape, given, received, 'out', topic)
    return bytes
  }

  #decodeChecked(shape: Shape, bytes: Buffer, topic: string): unknown {
    const isKnown = shape.conduct !== 'unknown'
    // A value may be a view of its bytes, and a schema may write to it.
    const original = isKnown ? bytes : Buffer.from(bytes)
    let given = this.#read(bytes, topic)
    const count = this.#count(shape, given)
    // Bytes in a value may be views of those that it was read from. Most values have none, and need no copy.
    if (count.bytes > 0) given = this.#read(ownBytes(bytes), topic)
    this.#checkValues(count, 'in', topic)
    this.#checkKeyedBytes(shape, count, bytes, 'in', topic)
    const value = taken(shape.incoming(given), 'in', topic)
    if (count.odd) checkKeys(shape, given, value, 'in', topic)
    const fault = isKnown ? undefined : review(this.#stage(shape, topic), original, value)
    if (fault !== undefined) throw unsupported(fault, 'in', topic)
    return value
  }

  #write(value: unknown, topic: string): Buffer {
    const codec = this.#codec
    if (codec === undefined) return bytesOf(value, topic)
    try {
      const bytes = codec.encode(value)
      if (Buffer.isBuffer(bytes)) return bytes
      const kind = isMisplacedPromise(bytes) ? 'a promise' : typeof bytes
      throw new TypeError(`it must encode to a Buffer at once, but gave ${kind}`)
    } catch (cause) {
      const text = `${messageOn('out', topic)} cannot be encoded by ${codec.name}: ${reasonOf(cause)}`
      throw new PeersocketsError('ERR_ENCODE_FAILED', text, { topic, cause })
    }
  }

  #read(bytes: Buffer, topic: string): unknown {
    try {
      return this.#decoded(bytes)
    } catch (cause) {
      const text = `${messageOn('in', topic)} cannot be decoded by ${this.#codec?.name}: ${reasonOf(cause)}`
      throw new PeersocketsError('ERR_DECODE_FAILED', text, { topic, cause })
    }
  }

  #decoded(bytes: Buffer): unknown {
    if (this.#codec === undefined) return bytes
    const value = this.#codec.decode(bytes)
    if (isMisplacedPromise(value)) throw new TypeError('it must decode at once, but gave a promise')
    return value
  }

  #stage(shape: Shape, topic: string): Stage {
    return {
      shape,
      write: value => this.#write(value, topic),
      read: bytes => {
        try {
          return this.#decoded(bytes)
        } catch (cause) {
          // No fault of a peer's: the bytes are the codec's own.
          const text = `${this.#codec?.name} cannot decode what it has encoded on topic ${topic}: ${reasonOf(cause)}`
          throw new PeersocketsError('ERR_ENCODE_FAILED', text, { topic, cause })
        }
      }
    }
  }

  #count(shape: Shape, value: unknown): Census {
    // zod itself never looks at an array as if it were an object.
    return this.#codec === undefined
      ? BYTES_ALONE
      : censusOf(value, this.#maxValues, shape.conduct === 'unknown')
  }

  #checkValues({ values }: Census, way: Way, topic: string): void {
    if (values <= this.#maxValues) return
    const text = `${messageOn(way, topic)} has more than ${this.#maxValues} values. Send it in parts, or as bytes, or give defineTopic a larger \`maxValues\` on both sides.`
    throw new PeersocketsError('ERR_INVALID_MESSAGE', text, { topic })
  }

  /** Bytes count as one value each, unless the schema asks for their keys. */
  #checkKeyedBytes(shape: Shape, count: Census, encoded: Buffer, way: Way, topic: string): void {
    if (count.values + count.bytes <= this.#maxValues || !shape.opensBytes) return
    const { read } = this.#stage(shape, topic)
    if (!asksForKeys(value => shape.incoming(value), read(Buffer.from(encoded)))) return
    const text = `${messageOn(way, topic)} has bytes where the schema looks at the keys of an object: with those it has more than ${this.#maxValues} values. Let the schema ask first whether there are bytes.`
    throw new PeersocketsError('ERR_INVALID_MESSAGE', text, { topic })
  }
}

function taken(outcome: Outcome, way: Way, topic: string): unknown {
  if (outcome.success) return outcome.data
  if (outcome.issues !== undefined) throw misfit(outcome.issues, way, topic)
  throw unsupported(outcome.fault, way, topic)
}

/** A getter threw, or a proxy, which the app or a codec has put into the message. */
function unreadable(cause: unknown, way: Way, topic: string): PeersocketsError {
  const text = `${messageOn(way, topic)} has something in it that cannot be read: ${reasonOf(cause)}`
  return new PeersocketsError(way === 'out' ? 'ERR_INVALID_MESSAGE' : 'ERR_DECODE_FAILED', text, {
    topic,
    cause
  })
}

/** Libraries leave out some keys without a word, or set a prototype with them: nobody would know what has not arrived. */
function checkKeys(shape: Shape, before: unknown, after: unknown, way: Way, topic: string): void {
  const path = lostKey(before, after, shape.oddKeys)
  if (path !== undefined)
    throw misfit([{ path, message: 'the schema does not keep a key of this name' }], way, topic)
}

function bytesOf(value: unknown, topic: string): Buffer {
  if (Buffer.isBuffer(value)) return value
  if (typeof value === 'string') return Buffer.from(value)
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  const message =
    'A topic without a codec carries Buffers and strings. Give defineTopic a codec, such as json(), for values.'
  throw new PeersocketsError('ERR_INVALID_MESSAGE', message, { topic })
}
