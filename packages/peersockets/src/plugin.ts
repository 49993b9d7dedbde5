/**
 * The contract between peersockets and the packages that plug into it: types only, nothing runs.
 *
 * Order: on send, a message is validated, encoded, and passed through `middleware[0].send` … `middleware[n-1].send`.
 * On receive it is the exact reverse: `middleware[n-1].receive` … `middleware[0].receive`, decoded, validated.
 * The last middleware of the array is therefore the outermost on the wire: a signer goes last, and is checked first.
 */

/**
 * A connected peer, in the form its network gives it: on a `@corestore/networker` the networker's own peer object.
 * One connection has one peer object; a reconnect has a new one.
 */
export interface Peer {
  /** The public key the peer proved in the handshake, 32 bytes. */
  readonly remotePublicKey: Buffer
}

/** Turns the values of a topic into bytes and back. A codec holds no state: one instance serves every topic and peer. */
export interface Codec {
  /** Lower-case name that both sides of a topic compare, such as `json`. */
  readonly name: string
  /**
   * Bytes of `value`; the result is not changed afterwards by the codec.
   * Throws when the value cannot be carried without loss, in words that name the path.
   */
  encode(value: unknown): Buffer
  /**
   * The value that `bytes` carry. `bytes` come from the network and may be anything; they are not changed, and a
   * value may keep views of them. Throws on anything but one whole, well-formed value.
   */
  decode(bytes: Buffer): unknown
}

/** A stage between the codec and the wire. A middleware is shared by topics and connections; a {@link Layer} is not. */
export interface Middleware {
  /** Lower-case name that both sides of a topic compare, such as `hmac`. */
  readonly name: string
  /**
   * Makes the layer for one topic on one connection. Synchronous. A throw keeps the topic closed on that connection
   * and is reported as `ERR_MIDDLEWARE_FAILED`, unless it is a `PeersocketsError`, which is reported as it is.
   */
  open(session: Session): Layer
}

/**
 * One middleware at work on one topic of one connection.
 *
 * Both directions see frames in the order of the wire, one at a time: the next call comes after the previous one has
 * returned, or its promise has settled. Stay synchronous where possible: a promise costs every frame behind it.
 */
export interface Layer {
  /** What to put on the wire for `frame`. `frame` is shared between peers: read it, do not change it. Throws to refuse. */
  send(frame: Buffer): Buffer | Promise<Buffer>
  /** What `send` was given on the other side. `frame` is hostile until proven otherwise. Throws to reject it. */
  receive(frame: Buffer): Buffer | Promise<Buffer>
  /** Called once: when the connection is gone, the `Peersockets` was stopped, or the topic was joined with other middleware. */
  close?(): void
}

/**
 * A topic on a connection: its name, its wire, its secret and its pipeline. It lives as long as the connection: leaving the
 * topic and joining it again on the same connection gives the same object, also with other middleware of the same names, such
 * as one with another key, and on another `Peersockets`, so that it can be the key under which a middleware resumes its
 * counters. It has one user at a time.
 */
export interface Session {
  /** The full name of the topic. */
  readonly topic: string
  readonly peer: Peer
  /** Our public key in this connection's handshake, 32 bytes. */
  readonly localPublicKey: Buffer
  /** The peer's public key, 32 bytes. */
  readonly remotePublicKey: Buffer
  /**
   * Two secrets of 32 bytes that only this peer and we know: my `send` is the peer's `receive`. Different for every
   * connection, direction, topic and `label`; nothing about one follows from another (compare RFC 5705).
   * Throws `ERR_NO_KEY_EXPORT` when the network has no handshake to derive them from.
   */
  exportKey(label: string): ExportedKey
}

/** A pair of directional secrets, 32 bytes each. The buffers are the caller's own: wipe them when done. */
export interface ExportedKey {
  readonly send: Buffer
  readonly receive: Buffer
}
