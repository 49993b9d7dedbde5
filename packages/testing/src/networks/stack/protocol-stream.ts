import type { EventEmitter } from 'node:events'

/** A pair of keys for the noise handshake: 32 bytes each. */
export interface KeyPair {
  readonly publicKey: Buffer
  readonly secretKey: Buffer
}

/**
 * A stream of `hypercore-protocol@8`, which has no types of its own. The members with an underscore are private there;
 * they are listed because code that works around the stack's faults has to reach them, and tests do too.
 */
export interface ProtocolStream extends EventEmitter {
  readonly initiator: boolean
  readonly live: boolean
  /** 32 bytes, once the handshake is over. */
  readonly publicKey: Buffer | null
  readonly remotePublicKey: Buffer | null
  /** Null unless the stream is piped to a socket. */
  readonly remoteAddress: string | null
  readonly remoteType: 'tcp' | 'utp' | 'unknown' | null
  readonly destroyed: boolean
  readonly bytesSent: number
  readonly bytesReceived: number
  readonly extensions: LocalExtensions
  /** What the remote has announced; null until it announced anything. */
  readonly remoteExtensions: { readonly names: readonly string[] | null }
  readonly state: ProtocolState
  _changes: number
  readonly _readableState: { readonly buffered: number; readonly highWaterMark: number; shift(): unknown }
  _read(callback: (error: Error | null) => void): void
  /** Throws for a name that is taken, unless `extensions.exclusive` is off. */
  registerExtension(name: string, handlers?: ExtensionHandlers): StreamExtension
  /** Sends a keep-alive, one byte on the wire. */
  ping(): boolean | undefined
  write(chunk: Buffer): boolean
  pipe<T>(target: T): T
  /** What goes out to the wire passes through here. */
  push(bytes: Buffer | null): boolean
  end(): this
  pause(): this
  resume(): this
  destroy(error?: Error): void
}

/** The protocol below a stream, as simple-hypercore-protocol has it. */
export interface ProtocolState {
  /** Equal on both sides of a connection, 64 bytes; null before the handshake is over. */
  readonly handshakeHash: Buffer | null
  /** 32 bytes, and equal to the other side's `remoteCapability` of the same key; null on a stream without a handshake. */
  capability(key: Buffer): Buffer | null
  remoteCapability(key: Buffer): Buffer | null
  options(channel: number, message: { extensions?: string[]; ack?: boolean }): boolean
  extension(channel: number, id: number, message: Buffer): boolean
}

/** What a stream calls when an extension message arrives. */
export interface ExtensionHandlers {
  encoding?: 'binary' | 'utf-8' | 'json'
  onmessage?(message: Buffer): void
  onerror?(error: Error): void
}

/** An extension of one stream. */
export interface StreamExtension {
  /** The place of the name in the sorted list of names; this number is what travels with a message. */
  id: number
  readonly name: string
  readonly destroyed: boolean
  /** False once the stream's buffer is over its high-water mark. */
  send(message: Buffer | string): boolean
  destroy(): void
}

/** The extensions that a stream has registered, as abstract-extension keeps them. */
export interface LocalExtensions {
  /** Sorted by name. */
  readonly messages: StreamExtension[]
  changes: number
  exclusive: boolean
  names(): string[]
  _remove(extension: StreamExtension): void
}

/** What is used of the options of a protocol stream. */
export interface ProtocolStreamOptions {
  keyPair?: KeyPair
  /** Off: no handshake and no encryption, when `encrypted` is off as well. Default on. */
  noise?: boolean
  encrypted?: boolean
  /** Whether the stream stays open while no hypercore is replicated over it. */
  live?: boolean
  /** Milliseconds without traffic after which the stream destroys itself. Default 20 000; `false` for never. */
  timeout?: number | false
  onhandshake?(): void
  onauthenticate?(remotePublicKey: Buffer, done: (error?: Error | null) => void): void
}

export interface ProtocolStreamConstructor {
  new (initiator: boolean, options?: ProtocolStreamOptions): ProtocolStream
  keyPair(seed?: Buffer): KeyPair
  isProtocolStream(value: unknown): value is ProtocolStream
}
