import { Headroom } from '../pipeline/headroom.js'
import { Layers } from '../pipeline/layers.js'
import type { QueueEvents } from '../pipeline/middleware-queue.js'
import type { Peer } from '../plugin.js'
import type { SessionChannel } from '../wire/session-channel.js'
import { middlewareSession } from './middleware-session.js'
import type { PeerConnection } from './peer-connection.js'
import { Receiver } from './receiver.js'
import { Sender } from './sender.js'
import type { TopicConfig } from './topic-config.js'

/** What a session tells of its two directions. None of it may throw. */
export interface SessionEvents {
  onmessage(message: Buffer): void
  readonly incoming: QueueEvents
  readonly outgoing: QueueEvents
}

/** A topic with one peer, from the moment they meet in it: the layers, the way out and the way in. */
export class TopicSession {
  readonly sender: Sender
  readonly receiver: Receiver
  readonly #layers: Layers | undefined

  /** Throws a `PeersocketsError` if a middleware does. */
  constructor(
    readonly channel: SessionChannel,
    topic: string,
    config: TopicConfig,
    { connection, limits, pool, outgoing, incoming }: PeerConnection<Peer>,
    events: SessionEvents
  ) {
    const { middleware, batch, raw } = config
    const headroom = middleware.length === 0 ? undefined : new Headroom()
    if (headroom !== undefined) {
      const sessionOf = (name: string, wire: boolean, ordinal: number) =>
        middlewareSession(connection, topic, config, channel, headroom, name, wire, ordinal)
      this.#layers = new Layers(topic, middleware, sessionOf, error => events.outgoing.ondropped(error))
    }
    this.sender = new Sender(topic, batch, this.#layers, channel, outgoing, pool, headroom, events.outgoing)
    this.receiver = new Receiver(
      topic,
      batch,
      raw,
      this.#layers,
      incoming,
      limits,
      message => events.onmessage(message),
      events.incoming
    )
  }

  /** Nothing is delivered any more; what is to be sent still goes out. */
  stopReceiving(): void {
    this.receiver.close()
  }

  /** It is over. Gives the values of what was not sent. */
  close(): readonly unknown[] {
    this.receiver.close()
    const dropped = this.sender.close()
    this.#layers?.close()
    return dropped
  }
}
