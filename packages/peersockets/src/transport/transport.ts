import type { ExportedKey, Peer } from '../plugin.js'

/** What a network gives the core: its connections, as they come and go. */
export interface Transport {
  /** Begins to report. Connections that exist already are reported before this returns. Called once. */
  start(events: TransportEvents): void
  /** Stops reporting and removes every listener and channel; the connections themselves stay up. */
  stop(): void
  /**
   * The live connection behind a peer object of this network. It reports the connection first if `events.onconnection`
   * was not called for it yet, so that a listener that runs before ours can already send.
   */
  connectionOf(peer: Peer): Connection | undefined
}

export interface TransportEvents {
  onconnection(connection: Connection): void
  /** The connection is gone, and every channel on it; their own `onclose` is not called. */
  onclose(connection: Connection): void
}

/** An encrypted connection to one peer, after its handshake. */
export interface Connection {
  /** The same object for the same connection, whoever looks at it, and as long-lived; what must outlive us is kept under it. */
  readonly identity: object
  readonly peer: Peer
  /** Our public key, 32 bytes. */
  readonly localPublicKey: Buffer
  /** The peer's public key, 32 bytes. */
  readonly remotePublicKey: Buffer
  /** The largest frame a channel carries, in bytes. A larger one must never be handed to `send`. */
  readonly maxFrameBytes: number
  /** Bytes handed to `send` that have not left this process yet. */
  readonly queuedBytes: number
  /** Whether the transport itself detects a changed byte. */
  readonly authenticated: boolean
  /** Opens `protocol` on this connection and tells the peer of it. The same protocol may be open several times. */
  open(protocol: string, events: ChannelEvents): Channel
  /** 32 bytes each way, a function of this handshake and `label`. Throws `ERR_NO_KEY_EXPORT` if there is none. */
  exportKey(label: string): ExportedKey
  /** Calls back once, the next time bytes have left; also when the connection closes. */
  ondrain(callback: () => void): void
  destroy(error?: Error): void
}

/** None of these may throw: the network's stack stands below them. */
export interface ChannelEvents {
  onmessage(frame: Buffer): void
  /** The peer has the same protocol open (again). */
  onopen?(): void
  /** The peer has closed the protocol, which it had open before. */
  onclose?(): void
}

/** One protocol on one connection. */
export interface Channel {
  /** Hands over one frame; the bytes are copied before it returns. Whether the peer has the protocol is not asked. */
  send(frame: Buffer): void
  /** Whether the peer has announced the same protocol. */
  readonly remoteOpen: boolean
  close(): void
}
