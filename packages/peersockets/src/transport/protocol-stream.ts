/**
 * What is used of `hypercore-protocol@8` (and of `abstract-extension@3` and `streamx@2` below it), which has no types of
 * its own. Underscored members are private there; each use of one says why at its place.
 */
export interface ProtocolStream {
  /** 32 bytes, once the handshake is over. */
  readonly publicKey: Buffer | null
  readonly remotePublicKey: Buffer | null
  readonly remoteAddress: string | null
  /** `tcp`, `utp` or `unknown`; null while the stream is not piped to a socket. */
  readonly remoteType: string | null
  readonly destroyed: boolean
  readonly extensions: LocalExtensions
  readonly remoteExtensions: { readonly names: readonly string[] | null }
  readonly state: {
    /** BLAKE2b-256 of `key` under this handshake's sending secret; null on a stream without a handshake. */
    capability(key: Buffer): Buffer | null
    /** The same under the receiving secret. */
    remoteCapability(key: Buffer): Buffer | null
    options(channel: number, message: { extensions: string[] }): boolean
    /** What is written before the handshake is over, and while that goes out. */
    readonly _handshaking?: boolean
    readonly _pending?: { readonly length: number }
    /** Null on a stream without encryption. Works in place. */
    readonly _encryption?: { encrypt(bytes: Buffer): Buffer } | null
    /** Pushes bytes of the wire into the stream. */
    readonly handlers?: { send(bytes: Buffer): boolean }
  }
  /** The state of `extensions.changes` that the peer was last told. */
  _changes: number
  /** `buffered`: bytes pushed and not yet read by the socket. `shift`: takes the next chunk of them, for the socket. */
  readonly _readableState: { readonly buffered: number; shift(): unknown }
  registerExtension(name: string, handlers: { onmessage(message: Buffer): void }): StreamExtension
  on(event: 'extensions', listener: (names: readonly string[]) => void): unknown
  once(event: 'close', listener: () => void): unknown
  removeListener(event: 'close', listener: () => void): unknown
  destroy(error?: Error): void
}

/** An extension of one stream. */
export interface StreamExtension {
  /** The place of the name in the sorted list of names; this number is what travels with a message. */
  id: number
  readonly name: string
  send(message: Buffer): boolean
  destroy(): void
}

/** The extensions that a stream has registered, as abstract-extension keeps them. */
export interface LocalExtensions {
  /** Sorted by name. */
  readonly messages: StreamExtension[]
  changes: number
  /** Whether adding a name twice throws; `@corestore/networker` turns it off as well. */
  exclusive: boolean
  names(): string[]
  _remove(extension: StreamExtension): void
}
