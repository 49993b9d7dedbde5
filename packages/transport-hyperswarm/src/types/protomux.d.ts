declare module 'protomux' {
  /**
   * What is used of `protomux@3`, here and in tests, which has no types of its own. A handler that throws destroys the
   * stream and everything else that uses it.
   */
  export default class Protomux {
    /** The one of the stream, which every protocol on it shares. */
    static from(stream: import('../secret-stream.js').SecretStream): Protomux
    /** Gathers what is sent until `uncork` into one write. */
    cork(): void
    uncork(): void
    /** The channels that are open at our end. */
    [Symbol.iterator](): IterableIterator<MuxChannel>
    /** Who is asked about protocols that the peer opens, and what is known of each protocol. Private there. */
    readonly _notify: ReadonlyMap<string, unknown>
    readonly _infos: ReadonlyMap<string, unknown>
    /** What is corked now and goes out as one write: null when nothing is. Private there. */
    readonly _batchState: { readonly end: number } | null
    readonly stream: import('../secret-stream.js').SecretStream
    /** A place for each channel that the peer has open, or ever had at once. Private there. */
    readonly _remote: { readonly length: number }
    /** The peer has opened a protocol that we have not asked for. What it rejects with ends the stream. Private there. */
    _requestSession(protocol: string, id: Uint8Array | null, info: unknown): Promise<void>
    /** Reads several messages that were written as one. What it throws ends the stream, or the process. Private there. */
    _onbatch(state: unknown): void
    /** Null when the stream is destroyed, or when the protocol is open already. */
    createChannel(options: MuxChannelOptions): MuxChannel | null
    /**
     * Calls `notify` when the peer opens the protocol and it is not open here; an open that has no channel when `notify`
     * has returned is refused. There is one `notify` for each protocol.
     */
    pair(protocol: { protocol: string }, notify: (id: Uint8Array | null) => void): void
    unpair(protocol: { protocol: string }): void
  }

  export interface MuxChannelOptions {
    readonly protocol: string
    /** Default none. */
    readonly id?: Uint8Array
    /** Whether there may be one channel only. Default true. */
    readonly unique?: boolean
    readonly messages: readonly { onmessage(frame: Buffer): void }[]
    /** Both sides have it open. */
    onopen(): void
    /** The peer has refused or closed it, the stream is gone, or we have closed it. */
    onclose(): void
  }

  export interface MuxChannel {
    readonly messages: readonly [MuxMessage]
    /** Tells the peer. */
    open(): void
    close(): void
  }

  export interface MuxMessage {
    /** Writes a copy of the frame. False when the stream is full. */
    send(frame: Uint8Array): boolean
  }
}
