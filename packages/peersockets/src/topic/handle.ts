import type { Peer } from '../plugin.js'
import type { Received } from './inbox.js'

/** One user of a joined topic. Several handles share the topic; each hears every message. */
export interface TopicHandle<In, Out> extends AsyncIterable<Received<Out>> {
  /** The full name of the topic. */
  readonly name: string
  /** Connected peers that are known to be in this topic; a live view. */
  readonly peers: ReadonlySet<Peer>
  /**
   * Sends to one peer: its object, its public key (32 bytes), or that in hex. False means: slow down, and go on after
   * `drained(peer)`. On a private topic, a message to a peer that is not in the topic is dropped and reported through
   * `onreject` as `ERR_PEER_NOT_IN_TOPIC`, or `ERR_PIPELINE_MISMATCH`; one to a peer that has not said yet whether it is,
   * waits. On a public topic every message is sent. Throws `ERR_INVALID_MESSAGE`, `ERR_UNKNOWN_PEER`, `ERR_PEER_CONGESTED`, `ERR_MESSAGE_TOO_LARGE`,
   * `ERR_CLOSED`, `ERR_ENCODE_FAILED`, `ERR_UNSUPPORTED_SCHEMA`, `ERR_INVALID_ARGUMENT`, `ERR_MIDDLEWARE_FAILED`, or a
   * code of the middleware itself.
   */
  send(message: In, peer: Peer | Uint8Array | string): boolean
  /**
   * Sends to every peer in {@link peers}, encoded once. Gives the number of peers it was sent to: one that cannot take
   * it is reported through `onreject` and does not hold up the others. Throws as `send` does for the message itself.
   */
  broadcast(message: In, options?: { except?: Iterable<Peer> }): number
  /**
   * Resolves when it is worth sending to the peer again, and when the peer goes in the meantime. Rejects with
   * `ERR_UNKNOWN_PEER` if it is gone already, `ERR_CLOSED`, `ERR_INVALID_ARGUMENT`.
   */
  drained(peer: Peer | Uint8Array | string): Promise<void>
  /** Sends now what waits for the end of the tick, on every connection. On a public topic nothing waits. */
  flush(): void
  /** Closes this handle. The topic is left with its last one. */
  close(): void
  /**
   * The messages from now on. A loop that cannot keep up loses messages beyond `maxQueuedBytes`, each reported as
   * `ERR_RECEIVER_CONGESTED`. It ends when the handle closes; leaving the loop does not close the handle.
   */
  [Symbol.asyncIterator](): AsyncIterator<Received<Out>, undefined>
}
