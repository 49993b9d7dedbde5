import type { Peer } from '../plugin.js'
import type { Sendable } from './definition.js'
import type { Received } from './inbox.js'

/** A peer as an app names it: the network's object, the public key (32 bytes), or that in hex. */
export type PeerId = Peer | Uint8Array | string

/** One user of a joined topic. Several handles share the topic; each hears every message. */
export interface TopicHandle<Message, P extends Peer = Peer>
  extends AsyncIterable<Received<Message, P>>,
    AsyncDisposable {
  /** The full name of the topic. */
  readonly name: string
  /** Connected peers that are known to be in this topic; a live view. A peer with several connections is in it once. */
  readonly peers: ReadonlySet<P>
  /**
   * Sends to one peer. False means that the peer is behind: go on after `drained(peer)`. A message to a peer that has not said
   * yet whether it is in the topic waits for that. On a public topic every message to a connected peer is sent.
   *
   * Throws what is known by now: `ERR_INVALID_MESSAGE`, `ERR_MESSAGE_TOO_LARGE`, `ERR_UNKNOWN_PEER`, `ERR_PEER_NOT_IN_TOPIC`,
   * `ERR_PIPELINE_MISMATCH`, `ERR_PEER_CONGESTED`, `ERR_CLOSED`, `ERR_ENCODE_FAILED`, `ERR_UNSUPPORTED_SCHEMA`,
   * `ERR_INVALID_ARGUMENT`, `ERR_MIDDLEWARE_FAILED`, or a code of the middleware itself. What is found later is reported
   * through `onreject`, with the message in `error.dropped`.
   */
  send(message: Sendable<Message>, peer: PeerId): boolean
  /**
   * Sends to every peer in {@link peers} but those in `except`, encoded once. Gives the number of peers it was sent to: one that
   * cannot take it is reported through `onreject` and does not hold up the others. Throws as `send` does for the message itself.
   */
  broadcast(message: Sendable<Message>, options?: { except?: PeerId | Iterable<PeerId> }): number
  /**
   * Resolves when it is worth sending to the peer again, or to all of them without one; and when a peer goes in the meantime.
   * Rejects with `ERR_UNKNOWN_PEER` if it is gone already, `ERR_CLOSED`, `ERR_INVALID_ARGUMENT`.
   */
  drained(peer?: PeerId): Promise<void>
  /** Sends now what waits for the end of the tick, on every connection. On a public topic nothing waits. */
  flush(): void
  /**
   * Closes this handle, at once. The topic is left with its last one. Resolves when what was accepted for sending has left the
   * process and, where the peer can say so, has arrived; after `timeout` milliseconds at most, 10,000 by default. What had not
   * gone by then is reported. Never rejects but for `ERR_INVALID_ARGUMENT`.
   */
  close(options?: CloseOptions): Promise<void>
  /**
   * The messages from now on. A loop that cannot keep up loses messages beyond `maxQueuedBytes`, each reported as
   * `ERR_RECEIVER_CONGESTED`. It ends when the handle closes; leaving the loop does not close the handle, and what waited in it
   * is reported as `ERR_CLOSED`.
   */
  [Symbol.asyncIterator](): AsyncIterator<Received<Message, P>, undefined>
}

/** How long to wait for what is on its way out. */
export interface CloseOptions {
  /** Milliseconds, 0 or more; default 10,000. */
  timeout?: number
}
