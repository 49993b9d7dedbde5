import type { StandardSchemaV1 } from '@standard-schema/spec'
import { refuse } from '../errors.js'
import { checkOptions } from '../options.js'
import type { Middleware } from '../plugin.js'
import type { TopicConfig } from '../session/topic-config.js'
import { MAX_NAME_BYTES } from '../wire/bounds.js'
import { Coder } from './coder.js'
import type {
  Infer,
  RawDefinition,
  Sendable,
  TypedDefinition,
  UncheckedDefinition,
  ViolationPolicy
} from './definition-types.js'
import { discoveryKeyOf } from './discovery-key.js'
import { checkPlugins, pipelineIdOf } from './pipeline-id.js'
import { compileSchema } from './schema.js'
import { secretOf } from './secret.js'
import { DEFAULT_MAX_VALUES } from './values.js'

export type * from './definition-types.js'

const CALL = 'defineTopic'

const OPTIONS = [
  ...['name', 'schema', 'codec', 'middleware', 'private', 'secret', 'batch', 'maxValues', 'onviolation']
]

/** Whatever `defineTopic` takes. */
export type AnyDefinition = TypedDefinition<StandardSchemaV1> | UncheckedDefinition | RawDefinition

/** A topic as {@link defineTopic} makes it: what its messages are, and how they become bytes. */
export class Topic<Message = unknown> implements TopicConfig {
  readonly name: string | undefined
  readonly middleware: readonly Middleware[]
  readonly private: boolean
  readonly batch: boolean
  readonly raw: boolean
  readonly pipelineId: string
  readonly #secret: Buffer | undefined
  readonly onviolation: ViolationPolicy
  readonly #coder: Coder
  /** The bytes that the app sends are its own, and it may write to them again while they wait. */
  readonly #copies: boolean

  constructor(definition: AnyDefinition) {
    checkOptions(CALL, definition, OPTIONS)
    const { name, schema, codec, middleware = [], onviolation = 'drop', batch, secret } = definition
    const isPrivate = definition.private ?? true
    const maxValues = ('maxValues' in definition ? definition.maxValues : undefined) ?? DEFAULT_MAX_VALUES
    if (name !== undefined) checkTopicName(name)
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
    this.raw = codec === undefined
    this.#secret = secret === undefined ? undefined : secretOf(secret)
    this.pipelineId = pipelineIdOf(codec, this.batch, middleware)
    this.onviolation = onviolation
    this.#coder = new Coder(codec, schema === undefined ? undefined : compileSchema(schema), maxValues)
    // A batch has a copy of its own.
    this.#copies = codec === undefined && !this.batch && middleware.length > 0
  }

  secret(): Buffer | undefined {
    return this.#secret
  }

  /**
   * 32 bytes to meet the peers of this topic by, such as with `swarm.join(topic.discoveryKey())`: a hash of the name and the
   * secret. A node of the DHT that sees them learns which addresses look for the same topic; without a secret, it can also try
   * names against them. `name` is that of a room. Throws `ERR_INVALID_ARGUMENT`.
   */
  discoveryKey(name: string | undefined = this.name): Buffer {
    checkTopicName(name)
    return discoveryKeyOf(name, this.#secret)
  }

  /**
   * The bytes of a message, before any middleware. Throws `ERR_INVALID_MESSAGE`, `ERR_UNSUPPORTED_SCHEMA`,
   * `ERR_ENCODE_FAILED`; `topic` is the name to put in them.
   */
  encode(message: Sendable<Message>, topic: string): Buffer {
    const bytes = this.#coder.encode(message, topic)
    return this.#copies ? Buffer.from(bytes) : bytes
  }

  /** The message in `bytes`. Throws as `encode` does, and `ERR_DECODE_FAILED`. */
  decode(bytes: Buffer, topic: string): Message
  // The types of a message are those of its schema, which the compiler cannot follow through validation.
  decode(bytes: Buffer, topic: string): unknown {
    return this.#coder.decode(bytes, topic)
  }
}

/** Bytes and strings under a name in the clear, as in 1.0.0. */
export const PUBLIC_RAW_TOPIC: Topic<Buffer> = new Topic({ private: false })

/** Bytes and strings under a name that peers are not told. */
export const PRIVATE_RAW_TOPIC: Topic<Buffer> = new Topic({})

/**
 * Describes a topic once, for every `join` of it: what its messages are, how they become bytes, and what the bytes pass
 * through. Throws `ERR_INVALID_ARGUMENT`.
 */
export function defineTopic<S extends StandardSchemaV1>(definition: TypedDefinition<S>): Topic<Infer<S>>
export function defineTopic<T>(definition: UncheckedDefinition<T>): Topic<T>
export function defineTopic(definition: RawDefinition): Topic<Buffer>
export function defineTopic(definition: AnyDefinition): Topic {
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
