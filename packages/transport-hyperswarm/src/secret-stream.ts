/**
 * What is used of `@hyperswarm/secret-stream@6` (and of `streamx@2` below it), which has no types of its own. Underscored
 * members are private there; each use of one says why at its place.
 */
export interface SecretStream {
  /** 32 bytes; null before the handshake. */
  readonly publicKey: Buffer | null
  readonly remotePublicKey: Buffer | null
  /** 64 bytes, equal at both ends, and no secret: whoever has seen the handshake can compute it. */
  readonly handshakeHash: Buffer | null
  /** Whether it is gone, or about to be. */
  readonly destroying: boolean
  readonly destroyed: boolean
  /** Bytes that were encrypted for the raw stream. */
  readonly rawBytesWritten?: number
  /** What carries the bytes: a `udx-native` stream, a socket, or one end of a pipe. */
  readonly rawStream?: RawStream | null
  /** The same, or the other end of that pipe, which the encrypted bytes are written to. */
  readonly _rawStream?: RawStream | null
  /** libsodium's secretstream for what we send, and the 32 bytes that noise gave for this direction. */
  readonly _encrypt: { readonly key: Uint8Array } | null
  /** The same for what we receive. */
  readonly _decrypt: { readonly key: Uint8Array } | null
  /** `buffered`: bytes written and not yet encrypted. */
  readonly _writableState: { readonly buffered: number }
  /** Called by streamx with one chunk at a time. Calls back once the socket below has room for more. */
  _write(chunk: Uint8Array, callback: (error?: Error | null) => void): void
  once(event: 'close', listener: () => void): unknown
  removeListener(event: 'close', listener: () => void): unknown
  destroy(error?: Error): void
}

/** A stream of any kind that carries the encrypted bytes. */
export interface RawStream {
  readonly destroyed?: boolean
  /** Of a socket of Node: bytes that the system has not taken yet. */
  readonly writableLength?: number
  /** The same of a stream of streamx. */
  readonly _writableState?: { readonly buffered?: number } | null
  /** Of a stream of streamx: what waits to be read from it, and where that goes. */
  readonly _readableState?: { readonly buffered?: number; readonly pipeTo?: RawStream | null } | null
}

/** Whether `value` is a secret stream whose handshake is over, with all that is used of one. */
export function isSecretStream(value: unknown): value is SecretStream {
  try {
    const stream = Object(value)
    const functions = [stream.write, stream._write, stream.on, stream.once, stream.removeListener]
    return (
      isKey(stream.publicKey) &&
      isKey(stream.remotePublicKey) &&
      typeof stream._writableState?.buffered === 'number' &&
      [...functions, stream.destroy, stream.pause, stream.resume].every(
        member => typeof member === 'function'
      )
    )
  } catch {
    // It has a getter that throws.
    return false
  }
}

function isKey(value: unknown): boolean {
  return value instanceof Uint8Array && value.length === 32
}
