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
