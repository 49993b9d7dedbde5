import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Codec, Middleware } from '../plugin.js'

/**
 * What follows for a peer that breaks the rules of a topic. It means one thing: the peer has sent what no honest peer with
 * the same definition sends, because it does not decode, does not fit the schema, is too large, or does not pass the
 * middleware. Such a frame is dropped and reported, and `disconnect` ends the connection too. What fails on our side, such as
 * a schema that throws, or a handler, ends no connection.
 */
export type ViolationPolicy = 'drop' | 'disconnect'

/** What any definition may say. */
export interface BaseDefinition {
  /** The name of the topic, unless `join` gives one. At most 1,024 bytes of UTF-8. */
  name?: string
  /** Applied in this order on send, and in reverse on receive: a signer goes last. */
  middleware?: readonly Middleware[]
  /** Default `drop`: a frame that breaks the rules is dropped and reported, and the connection goes on. */
  onviolation?: ViolationPolicy
}

/** A topic on wire v1, where only peers that know its name can tell that we are in it. */
export interface PrivateDefinition {
  /** Default true. */
  private?: true
  /**
   * 16 bytes or more. Only peers that have them too can tell that we are in the topic, even if they guess its name. Of a
   * passphrase: `scryptSync(passphrase, 'app name', 32)`.
   */
  secret?: Uint8Array
  /** Default true: the messages of a tick to one peer share a frame. */
  batch?: boolean
}

/** A topic on wire v0, with its name in the clear, which a peersockets@1.0.0 understands. */
export interface PublicDefinition {
  private: false
  /** A public topic has none. */
  secret?: undefined
  /** A public topic never batches. */
  batch?: false
}

/** What a definition says whatever the messages are. */
export type CommonDefinition = BaseDefinition & (PrivateDefinition | PublicDefinition)

/** A topic of validated values. */
export type TypedDefinition<S extends StandardSchemaV1> = CommonDefinition & {
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
export type UncheckedDefinition<T = unknown> = CommonDefinition & {
  schema?: undefined
  codec: Codec<T>
}

/** A topic of bytes; a schema may check them. */
export type RawDefinition = CommonDefinition & {
  schema?: StandardSchemaV1<unknown, Uint8Array>
  codec?: undefined
}

/** What `send` takes and `onmessage` gives for a schema: its output, in which bytes may be any bytes, such as a Buffer. */
export type Infer<S extends StandardSchemaV1 | undefined> = S extends StandardSchemaV1
  ? WithAnyBytes<StandardSchemaV1.InferOutput<S>>
  : unknown

/** What `send` takes where `onmessage` gives a Message: the same, but for raw messages any bytes, and text too. */
export type Sendable<Message> = Message | (IsRaw<Message> extends true ? Uint8Array | string : never)

/** Asks about the type as a whole, and not about its parts: so a topic of one type passes as a topic of anything. */
export type IsRaw<Message> = [Message] extends [never]
  ? false
  : [Message] extends [Buffer]
    ? [Message] extends [{ readonly buffer: OwnBytes['buffer'] }]
      ? false
      : true
    : false

/** Bytes in memory that is theirs alone, as `z.instanceof(Uint8Array)` has it. Most bytes are not declared as such. */
export type OwnBytes = ReturnType<typeof Uint8Array.of>
/** The same for a Buffer. */
export type OwnBuffer = ReturnType<typeof Buffer.alloc>

/** Itself where there are no bytes in it, so that it keeps its name. */
export type WithAnyBytes<T> = [Opened<T>] extends [T] ? T : Opened<T>

/** Anything that can be called. */
export type Method = (...args: never) => unknown

/** A type with any bytes where it has bytes in memory of their own. */
export type Opened<T> = unknown extends T
  ? T
  : T extends OwnBytes
    ? OwnBytes extends T
      ? Uint8Array
      : OwnBuffer extends T
        ? Buffer
        : T
    : T extends readonly unknown[]
      ? { [K in keyof T]: Opened<T[K]> }
      : T extends Map<infer K, infer V>
        ? Map<Opened<K>, Opened<V>>
        : T extends Set<infer V>
          ? Set<Opened<V>>
          : T extends object
            ? HasMethods<T> extends true
              ? T
              : { [K in keyof T]: Opened<T[K]> }
            : T

/** What has methods is no plain data, and keeps its class. */
export type HasMethods<T> = T extends Method
  ? true
  : [Extract<T[keyof T], Method>] extends [never]
    ? false
    : true
