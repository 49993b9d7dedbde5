import type { ContractVersion, ExportedKey, Peer } from '../plugin.js'

/** What a network gives the core: its connections, as they come and go. */
export interface Transport<P extends Peer = Peer> {
  /** The version of the contract that it is made for; `new Peersockets` refuses any but the current one. */
  readonly contract?: ContractVersion
  /** Begins to report. Connections that exist already are reported before this returns. Called once. */
  start(events: TransportEvents<P>): void
  /**
   * Stops reporting, and removes every listener that was added for it. The connections stay up, and channels that are
   * open go on until they are closed: what was accepted for sending still goes out. Called once, after `start`.
   */
  stop(): void
  /**
   * The live connection behind a peer object of this network; undefined for any other object, and once it is gone. It
   * reports the connection first if `events.onconnection` was not called for it yet, so that a listener that runs before
   * ours can already send.
   */
  connectionOf(peer: Peer): Connection<P> | undefined
}

/** None of these throws. */
export interface TransportEvents<P extends Peer = Peer> {
  /** A connection whose handshake is over, once each. */
  onconnection(connection: Connection<P>): void
  /** The connection is gone, and every channel on it; once each, and their own `onclose` is not called. */
  onclose(connection: Connection<P>): void
}

/** An encrypted connection to one peer, after its handshake. */
export interface Connection<P extends Peer = Peer> {
  /**
   * The same object for every user of the connection, and as long-lived. It can take properties: what must exist
   * once for a connection is kept on it, so that every copy of this package finds it.
   */
  readonly identity: object
  /** The peer in the form its network gives it; the same object for as long as the connection lives. */
  readonly peer: P
  /** Our public key, 32 bytes. */
  readonly localPublicKey: Buffer
  /** The peer's public key, 32 bytes. */
  readonly remotePublicKey: Buffer
  /** The largest frame a channel carries, in bytes. A larger one must never be handed to `send`. */
  readonly maxFrameBytes: number
  /** Bytes handed to `send` that have not left this process yet, of every channel together. */
  readonly queuedBytes: number
  /** Whether the transport itself detects a changed byte. */
  readonly authenticated: boolean
  /**
   * Opens `protocol` on this connection and tells the peer of it. The same protocol may be open several times, also by
   * several transports: each channel gets every frame. `onopen` is not called before this returns.
   */
  open(protocol: string, events: ChannelEvents): Channel
  /**
   * 32 bytes each way, a function of this handshake and `label`: my `send` is the peer's `receive`, in new buffers.
   * Throws `ERR_NO_KEY_EXPORT` if there is none.
   */
  exportKey(label: string): ExportedKey
  /** Calls back once, the next time bytes have left, never before this returns; also when the connection closes. */
  ondrain(callback: () => void): void
  /**
   * Resolves true once all that was handed to `send` before has left this process and, where the network tells, has reached the
   * peer's; false once the connection is gone. Never rejects.
   */
  flush(): Promise<boolean>
  /**
   * Calls back with the name of each protocol that the peer announces from now on, and soon with those it has announced
   * already, as far as the network remembers them. Called at most once for a connection.
   */
  onannounce(listener: (protocol: string) => void): void
  /** Ends the connection for everybody who uses it. Raises no error event: nobody may be listening for one. */
  destroy(): void
}

/** None of these throws: the network's stack stands below them. */
export interface ChannelEvents {
  /**
   * A frame, in the order of sending, of 0 bytes or more. It is read and not changed: other channels get the same buffer.
   * The transport does not change it either, then or later: what is decoded from it may keep views of it.
   */
  onmessage(frame: Buffer): void
  /** The peer has the same protocol open (again). */
  onopen?(): void
  /** The peer has closed the protocol, which it had open before. */
  onclose?(): void
}

/** One protocol on one connection. */
export interface Channel {
  /**
   * Hands over one frame; the bytes are copied before it returns. Whether the peer has the protocol is not asked: what it
   * has not open it does not hear. On a connection that is gone, and after `close`, it does nothing.
   */
  send(frame: Buffer): void
  /** Whether the peer has announced the same protocol. */
  readonly remoteOpen: boolean
  /** Lets go of the protocol, and tells the peer once nobody here has it open. May be called again, which does nothing. */
  close(): void
}
