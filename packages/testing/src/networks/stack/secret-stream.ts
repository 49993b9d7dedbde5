import type { EventEmitter } from 'node:events'
import type { Duplex } from 'node:stream'
import type { KeyPair } from './protocol-stream.js'

/**
 * A stream of `@hyperswarm/secret-stream@6`, which has no types of its own. The members with an underscore are private
 * there; they are listed because the transport has to reach them, and tests do too.
 */
export interface SecretStream extends EventEmitter {
  readonly isInitiator: boolean
  /** 32 bytes, once the handshake is over. */
  readonly publicKey: Buffer | null
  readonly remotePublicKey: Buffer | null
  /** 64 bytes, equal at both ends. */
  readonly handshakeHash: Buffer | null
  /** What was encrypted: a `udx-native` stream, or one end of a pipe. */
  readonly rawStream: Duplex
  readonly destroying: boolean
  readonly destroyed: boolean
  /** What the first user of the stream has put there, such as a Protomux. */
  userData: unknown
  readonly _encrypt: { readonly key: Buffer } | null
  readonly _decrypt: { readonly key: Buffer } | null
  readonly _writableState: { readonly buffered: number }
  _write(chunk: Uint8Array, callback: (error?: Error | null) => void): void
  write(chunk: Uint8Array): boolean
  /** Writes something empty whenever so many milliseconds have passed. */
  setKeepAlive(ms: number): void
  /** Destroys itself when nothing has come for so many milliseconds. */
  setTimeout(ms: number): void
  pause(): this
  resume(): this
  destroy(error?: Error): void
}

export interface SecretStreamConstructor {
  /** Without a stream to encrypt to, `rawStream` is one end of a pipe, to be wired to that of another. */
  new (
    isInitiator: boolean,
    rawStream: Duplex | null,
    options?: { keyPair?: KeyPair; publicKey?: Buffer; remotePublicKey?: Buffer }
  ): SecretStream
  keyPair(seed?: Buffer): KeyPair
}
