/**
 * The contract between peersockets and the packages that plug into it: types only, nothing runs.
 *
 * Order: on send, a message is validated, encoded, and passed through `middleware[0].send` … `middleware[n-1].send`.
 * On receive it is the exact reverse: `middleware[n-1].receive` … `middleware[0].receive`, decoded, validated.
 * The last middleware of the array is therefore the outermost on the wire: a signer goes last, and is checked first.
 *
 * Buffers: what a plugin is given is lent, and what it gives is given away. It may read what it was given until its call
 * returns, or the promise that the call returned settles; it never changes it. What it returns it neither changes nor
 * reads again.
 *
 * Errors: a plugin throws errors, and may throw at any frame or value that it cannot work with. Each costs that frame or
 * message and nothing else; `onviolation: 'disconnect'` alone makes a rejected frame end the connection.
 */

/**
 * The version of this contract. It grows when something that a plugin may rely on changes; what is only added leaves it
 * as it is.
 */
export type ContractVersion = 2

/**
 * A connected peer, in the form its network gives it: on a `@corestore/networker` the networker's own peer object.
 * A peer is its public key: while several connections to one key are up, callbacks and `peers` have one object for all.
 */
export interface Peer {
  /** The public key the peer proved in the handshake, 32 bytes. */
  readonly remotePublicKey: Buffer
  /** The network that the peer is connected through, such as `hyperswarm`; undefined if its transport does not say. */
  readonly network?: string
}

/**
 * Turns the values of a topic into bytes and back. A codec holds no state: one instance serves every topic and peer, and
 * what one instance wrote any other reads, in any order. A codec for values of one kind says which: `Codec<Chat>`.
 */
export interface Codec<T = unknown> {
  /** Lower-case name that both sides of a topic compare, such as `json`: printable ASCII without spaces and `>`. */
  readonly name: string
  /** The version of the contract that the codec is made for; `defineTopic` refuses any but the current one. */
  readonly contract?: ContractVersion
  /**
   * Bytes of `value`, at once: no promise. They are a buffer that shares no memory with `value`, which is not changed.
   * Throws when the value cannot be carried without loss, in words that name the path. Whatever is thrown is reported as
   * `ERR_ENCODE_FAILED` with that as its `cause`.
   */
  encode(value: T): Buffer
  /**
   * The value that `bytes` carry, at once: no promise. `bytes` come from the network and may be anything; they are not
   * changed by anybody from here on, so that the value may keep views of them. Throws on anything but one whole,
   * well-formed value. Whatever is thrown is reported as `ERR_DECODE_FAILED` with that as its `cause`.
   */
  decode(bytes: Buffer): T
}

/** A stage between the codec and the wire. A middleware is shared by topics and connections; a {@link Layer} is not. */
export interface Middleware {
  /** Lower-case name that both sides of a topic compare, such as `hmac`: printable ASCII without spaces and `>`. */
  readonly name: string
  /** The version of the contract that the middleware is made for; `defineTopic` refuses any but the current one. */
  readonly contract?: ContractVersion
  /**
   * False for a middleware that changes no bytes, such as a limit or a log. Both sides need not have it, and its name is not
   * compared. Its layers return each frame as they got it. Default true.
   */
  readonly wire?: boolean
  /**
   * What the layers see. `frame`, the default: what goes over the wire, which is a batch of messages, or one message where a
   * topic does not batch. `message`: each encoded message by itself, before the batch on send and after it on receive.
   * Layers for messages come before layers for frames on send, and keep the order of `middleware` among themselves.
   */
  readonly scope?: 'frame' | 'message'
  /**
   * Makes the layer for one session, at once: no promise. A throw keeps the topic closed to that peer and is reported as
   * `ERR_MIDDLEWARE_FAILED`, unless it is a `PeersocketsError`, which is reported as it is.
   */
  open(session: Session): Layer
}

/**
 * One middleware at work in one session.
 *
 * Each direction sees frames in the order of the wire, one at a time: the next call comes after the previous one has
 * returned, or its promise has settled. The two directions do not wait for each other. Frames may be missing, because
 * they were refused, rejected or dropped further out, or because one side joined later. A frame that was rejected leaves
 * no trace: the next good one is taken. Stay synchronous where possible: a promise costs every frame behind it.
 */
export interface Layer {
  /**
   * What goes out instead of `frame`: a Buffer or a promise of one, which may be `frame` itself or
   * a view of it. `frame` is shared between peers and is not changed by anybody; what is needed of it later is copied.
   * Throws, or rejects, to refuse the message: reported as `ERR_MIDDLEWARE_FAILED`, or as the `PeersocketsError` it is.
   */
  send(frame: Buffer): Buffer | Promise<Buffer>
  /**
   * What `send` was given on the other side: a Buffer or a promise of one, which may be `frame` itself or a view of it.
   * `frame` is hostile until proven otherwise, of any length and content; others may read it too, so it is not changed,
   * and what is needed of it later is copied. Throws, or rejects, to drop it: reported as `ERR_MIDDLEWARE_REJECTED`, or
   * as the `PeersocketsError` it is.
   */
  receive(frame: Buffer): Buffer | Promise<Buffer>
  /**
   * Called once, when the session ends; nothing is called after it. A promise may still be open then: what it settles with
   * goes nowhere. A throw is reported as `ERR_MIDDLEWARE_FAILED`, and the layers beside it are closed all the same.
   */
  close?(): void
}

/**
 * What one middleware has of one topic with one peer (SPEC, "Sessions"). Each middleware gets an object of its own, even where
 * one stands twice in a pipeline. Nothing in it is changed but the counters.
 *
 * On a private topic a session begins when two peers meet in the topic, and ends when one of them leaves: its keys are new
 * each time, and its counters begin at 0. On a public topic it begins when we join and ends when we leave; its keys
 * are those of the connection, and its counters go on where the last session on that connection stopped.
 */
export interface Session {
  /** The full name of the topic. */
  readonly topic: string
  /** The peer at the other end, for a middleware that counts by peer. */
  readonly peer: Peer
  /** Our public key in this connection's handshake, 32 bytes. */
  readonly localPublicKey: Buffer
  /** The peer's public key, 32 bytes. */
  readonly remotePublicKey: Buffer
  /** Whether the network itself detects a changed byte. Both ends of a connection agree on it. */
  readonly authenticated: boolean
  /** How many frames this middleware has sent and accepted; the middleware counts. */
  readonly counters: Counters
  /**
   * Two secrets of 32 bytes that only this peer and we know: our `send` is the peer's `receive`. They differ by connection,
   * session, direction, middleware and `label`; nothing about one follows from another (compare RFC 5705). The same call gives
   * the same bytes, in new buffers. Throws `ERR_NO_KEY_EXPORT` when the network has no handshake to derive them from.
   */
  exportKey(label: string): ExportedKey
  /**
   * What `send` of a layer returns when it puts something around a frame: the bytes of `frame`, with `before` bytes ahead of
   * them and `after` behind them, whose content is undefined. All of it is the layer's to write, until it has returned, or its
   * promise has settled. It may lie where `frame` does, so that what is written in the middle is written into `frame` too; if
   * there is no headroom around that, it is a copy. Only `send` calls it, and once for a frame, which is the one that it was
   * given, or one of its own. Any other Buffer may be returned as well.
   */
  extend(frame: Buffer, before: number, after: number): Buffer
}

/**
 * How far a middleware has counted. It sends a frame with a number above `sent` and sets `sent` to it. It accepts a frame
 * only with a number above `received` as it was when the layer opened, and above all that the layer has accepted, and raises
 * `received` to it. On a public topic several layers may share these, so `sent` is read for each frame.
 */
export interface Counters {
  /** The highest number sent, 0 before the first. */
  sent: number
  /** The highest number accepted, 0 before the first. */
  received: number
}

/** A pair of directional secrets. The buffers are the caller's own: wipe them when done. */
export interface ExportedKey {
  /** For what we send, 32 bytes. */
  readonly send: Buffer
  /** For what the peer sends, 32 bytes. */
  readonly receive: Buffer
}
