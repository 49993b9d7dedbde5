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
  /** Whether it is gone, or about to be. */
  readonly destroying?: boolean
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
  readonly _readableState: {
    /** Bytes pushed and not yet read by the socket. */
    readonly buffered: number
    /** The socket, if the stream is piped to one. */
    readonly pipeTo?: PipeTarget | null
    /** Takes the next chunk of what is buffered, for the socket. */
    shift(): unknown
  }
  /** `pipeline.from`: what is piped to the stream, if that is a stream of streamx. */
  readonly _writableState?: { readonly pipeline?: { readonly from: PipeEnd | null } | null }
  registerExtension(name: string, handlers: { onmessage(message: Buffer): void }): StreamExtension
  on(event: 'extensions', listener: (names: readonly string[]) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  once(event: 'close', listener: () => void): unknown
  removeListener(event: 'close', listener: () => void): unknown
  destroy(error?: Error): void
}

/** One end of a pipe: a stream of any kind. */
export interface PipeEnd {
  on(event: 'error', listener: (error: Error) => void): unknown
}

/** What a stream writes to: a socket of Node, of readable-stream, or a stream of streamx. */
export interface PipeTarget extends PipeEnd {
  readonly destroyed?: boolean
  /** Bytes written to it that the system has not taken yet. */
  readonly writableLength?: number
  /** The same, as `length` in an old readable-stream, and as `buffered` in streamx. */
  readonly _writableState?: { readonly length?: number; readonly buffered?: number }
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

/** Whether `value` is a protocol stream whose handshake is over, with all that is used of one. */
export function isProtocolStream(value: unknown): value is ProtocolStream {
  try {
    const stream = Object(value)
    const { state, extensions, remoteExtensions, _readableState: readable } = stream
    return (
      isKey(stream.publicKey) &&
      isKey(stream.remotePublicKey) &&
      [state?.capability, state?.remoteCapability, state?.options, readable?.shift].every(isFunction) &&
      [stream.registerExtension, stream.on, stream.once].every(isFunction) &&
      [stream.removeListener, stream.destroy, extensions?.names].every(isFunction) &&
      Array.isArray(extensions.messages) &&
      typeof remoteExtensions === 'object'
    )
  } catch {
    // It has a getter that throws.
    return false
  }
}

/** Whether `value` is a public key. */
export function isKey(value: unknown): boolean {
  return value instanceof Uint8Array && value.length === 32
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}
