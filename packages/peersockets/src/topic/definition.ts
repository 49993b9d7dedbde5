import type { StandardSchemaV1 } from '@standard-schema/spec'
import { isMisplacedPromise } from '../contain.js'
import { PeersocketsError, reasonOf, refuse } from '../errors.js'
import type { Codec, Middleware } from '../plugin.js'
import type { TopicPlan } from '../session/topic-plan.js'
import { MAX_NAME_BYTES } from '../wire/bounds.js'
import { checkPlugins, describe } from './descriptor.js'
import { compileSchema, type Shape } from './schema.js'
import { DEFAULT_MAX_VALUES, hasMoreValues } from './values.js'

/** What happens to a peer whose frame is rejected: the frame is dropped, or the whole connection. */
export type ViolationPolicy = 'drop' | 'disconnect'

/** What a definition says whatever the messages are. */
export interface CommonDefinition {
  /** The name of the topic, unless `join` gives one. At most 1,024 bytes of UTF-8. */
  name?: string
  /** Applied in this order on send, and in reverse on receive: a signer goes last. */
  middleware?: readonly Middleware[]
  /**
   * Default true: on wire v1, where only those who know the name can tell that we are in the topic. False: on wire v0,
   * with the name in the clear, which a peersockets@1.0.0 understands.
   */
  private?: boolean
  /** Only those who hold it too can tell that we are in the topic, whatever they guess of its name. Bytes or text. */
  secret?: Uint8Array | string
  /** Default true for a private topic: the messages of a tick to one peer share a frame. A public topic never batches. */
  batch?: boolean
  /** Default `drop`: the rejection is reported, and the connection goes on. */
  onviolation?: ViolationPolicy
}

/** A topic of validated values. */
export interface TypedDefinition<S extends StandardSchemaV1> extends CommonDefinition {
  /** zod 4, which is used in both directions, or any other Standard Schema, which validates on both sides. */
  schema: S
  codec: Codec
  /**
   * Values in a message, nested ones and itself counted, above which it is not shown to the schema, but refused on both sides:
   * what a schema may have against it is bounded by them. Default 16,384.
   */
  maxValues?: number
}

/** A topic of whatever the codec carries. */
export interface UncheckedDefinition extends CommonDefinition {
  schema?: undefined
  codec: Codec
}

/** A topic of bytes; a schema may check them. */
export interface RawDefinition extends CommonDefinition {
  schema?: StandardSchemaV1<unknown, Uint8Array>
  codec?: undefined
}

/** What `send` takes and `onmessage` gives for a schema: its output. */
export type Infer<S extends StandardSchemaV1 | undefined> = S extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<S>
  : unknown

/** A topic as {@link defineTopic} makes it: what its messages are, and how they become bytes. */
export class Topic<Out = unknown, In = Out> implements TopicPlan {
  readonly name: string | undefined
  readonly middleware: readonly Middleware[]
  readonly private: boolean
  readonly batch: boolean
  readonly descriptor: string
  readonly #secret: Buffer | undefined
  readonly onviolation: ViolationPolicy
  readonly #codec: Codec | undefined
  readonly #shape: Shape | undefined
  readonly #maxValues: number

  constructor(
    definition: CommonDefinition & {
      schema?: StandardSchemaV1 | undefined
      codec?: Codec | undefined
      maxValues?: number
    }
  ) {
    const {
      name,
      schema,
      codec,
      middleware = [],
      private: isPrivate = true,
      secret,
      batch,
      ...others
    } = definition
    const { onviolation = 'drop', maxValues = DEFAULT_MAX_VALUES, ...unknown } = others
    if (name !== undefined) checkTopicName(name)
    for (const option of Object.keys(unknown))
      refuse(`defineTopic has no option \`${option}\`; see the README for the list.`)
    if (schema !== undefined && !('~standard' in Object(schema))) {
      refuse(
        'defineTopic takes as `schema` a zod 4 schema, or any schema with the Standard Schema interface.'
      )
    }
    checkPlugins(codec, middleware)
    if (onviolation !== 'drop' && onviolation !== 'disconnect') {
      refuse("defineTopic takes as `onviolation` 'drop' or 'disconnect'.")
    }
    if (typeof isPrivate !== 'boolean') refuse('defineTopic takes as `private` true or false.')
    if (batch !== undefined && typeof batch !== 'boolean')
      refuse('defineTopic takes as `batch` true or false.')
    if (!Number.isInteger(maxValues) || maxValues < 1)
      refuse('defineTopic takes as `maxValues` a whole number above 0.')
    if (!isPrivate && (secret !== undefined || batch === true)) {
      refuse('A public topic has no `secret` and no `batch`: both need wire v1. Leave out `private: false`.')
    }
    this.name = name
    this.middleware = [...middleware]
    this.private = isPrivate
    this.batch = batch ?? isPrivate
    this.#secret = secret === undefined ? undefined : secretOf(secret)
    this.descriptor = describe(codec, this.batch, middleware)
    this.onviolation = onviolation
    this.#codec = codec
    this.#maxValues = maxValues
    this.#shape = schema === undefined ? undefined : compileSchema(schema)
  }

  secret(): Buffer | undefined {
    return this.#secret
  }

  /**
   * The bytes of a message, before any middleware. Throws `ERR_INVALID_MESSAGE`, `ERR_UNSUPPORTED_SCHEMA`,
   * `ERR_ENCODE_FAILED`; `topic` is the name to put in them.
   */
  encode(message: In, topic: string): Buffer {
    const codec = this.#codec
    const shape = this.#shape
    if (codec === undefined) {
      const given = toBytes(message, topic)
      const bytes = shape === undefined ? given : toBytes(shape.outgoing(given, topic), topic)
      // A middleware may take its time, and the app may write to its bytes again once `send` has returned. A batch has a
      // copy of its own.
      return this.batch || this.middleware.length === 0 ? bytes : Buffer.from(bytes)
    }
    const value = shape === undefined ? message : shape.outgoing(message, topic)
    let bytes: Buffer
    try {
      bytes = codec.encode(value)
      if (!Buffer.isBuffer(bytes)) {
        const kind = isMisplacedPromise(bytes) ? 'a promise' : typeof bytes
        throw new TypeError(`it must encode to a Buffer at once, but gave ${kind}`)
      }
    } catch (cause) {
      const message = `${codec.name} cannot encode the message: ${reasonOf(cause)}`
      throw new PeersocketsError('ERR_ENCODE_FAILED', message, { topic, cause })
    }
    this.#checkValues(value, bytes, topic)
    return bytes
  }

  /** The message in `bytes`. Throws `ERR_DECODE_FAILED`, `ERR_INVALID_MESSAGE`, `ERR_UNSUPPORTED_SCHEMA`. */
  decode(bytes: Buffer, topic: string): Out
  // The types of a message are those of its schema, which the compiler cannot follow through validation.
  decode(bytes: Buffer, topic: string): unknown {
    const codec = this.#codec
    let value: unknown = bytes
    if (codec !== undefined) {
      try {
        value = codec.decode(bytes)
        if (isMisplacedPromise(value)) throw new TypeError('it must decode at once, but gave a promise')
      } catch (cause) {
        const message = `${codec.name} cannot decode the message: ${reasonOf(cause)}`
        throw new PeersocketsError('ERR_DECODE_FAILED', message, { topic, cause })
      }
      this.#checkValues(value, bytes, topic)
    }
    return this.#shape === undefined ? value : this.#shape.incoming(value, topic)
  }

  #checkValues(value: unknown, bytes: Buffer, topic: string): void {
    // A value has a byte at least, so that most messages need not be counted.
    if (this.#shape === undefined || bytes.length < this.#maxValues) return
    if (!hasMoreValues(value, this.#maxValues)) return
    const message = `The message has more than ${this.#maxValues} values. Send it in parts, or as bytes, or give defineTopic a larger \`maxValues\` on both sides.`
    throw new PeersocketsError('ERR_INVALID_MESSAGE', message, { topic })
  }
}

/** Bytes and strings under a name in the clear, as in 1.0.0. */
export const PUBLIC_RAW_TOPIC: Topic<Buffer, Uint8Array | string> = new Topic({ private: false })

/** Bytes and strings under a name that only those know who know it. */
export const PRIVATE_RAW_TOPIC: Topic<Buffer, Uint8Array | string> = new Topic({})

/**
 * Describes a topic once, for every `join` of it: what its messages are, how they become bytes, and what the bytes pass
 * through. Throws `ERR_INVALID_ARGUMENT`.
 */
export function defineTopic<S extends StandardSchemaV1>(definition: TypedDefinition<S>): Topic<Infer<S>>
export function defineTopic(definition: UncheckedDefinition): Topic<unknown>
export function defineTopic(definition: RawDefinition): Topic<Buffer, Uint8Array | string>
export function defineTopic(
  definition: TypedDefinition<StandardSchemaV1> | UncheckedDefinition | RawDefinition
): Topic {
  if (typeof definition !== 'object' || definition === null) {
    refuse('defineTopic takes an object: defineTopic({ name, schema, codec, middleware }).')
  }
  return new Topic(definition)
}

/** Throws `ERR_INVALID_ARGUMENT` for anything but a string of 1 to 1,024 bytes of well-formed Unicode. */
export function checkTopicName(name: unknown): asserts name is string {
  if (typeof name !== 'string')
    refuse(`The name of a topic is a string, not ${name === null ? 'null' : typeof name}.`)
  const bytes = Buffer.byteLength(name)
  if (bytes === 0 || bytes > MAX_NAME_BYTES) {
    refuse(`The name of a topic has 1 to ${MAX_NAME_BYTES} bytes of UTF-8; this one has ${bytes}.`)
  }
  if (/\p{Surrogate}/u.test(name))
    refuse('The name of a topic must be well-formed: this one has half a surrogate pair.')
}

function secretOf(secret: Uint8Array | string): Buffer {
  if (typeof secret !== 'string' && !(secret instanceof Uint8Array))
    refuse('defineTopic takes as `secret` bytes or text.')
  const bytes = Buffer.from(secret)
  return bytes.length > 0 ? bytes : refuse('The `secret` of a topic is not empty: leave it out instead.')
}

function toBytes(value: unknown, topic: string): Buffer {
  if (Buffer.isBuffer(value)) return value
  if (typeof value === 'string') return Buffer.from(value)
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  const message =
    'A topic without a codec carries Buffers and strings. Give defineTopic a codec, such as json(), for values.'
  throw new PeersocketsError('ERR_INVALID_MESSAGE', message, { topic })
}
