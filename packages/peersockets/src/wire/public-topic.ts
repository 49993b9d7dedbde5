import type { Channel, Connection } from '../transport/transport.js'
import type { TopicChannel, TopicChannelEvents } from './topic-channel.js'

/** Before the name of a topic, in the name of its extension: what peersockets@1.0.0 uses. */
const PREFIX = 'peersockets/v0/'

/**
 * A topic on wire v0: a protocol of its own, with the topic's name in the clear, one frame a message. A peersockets@1.0.0
 * on the other side understands it. It announces a topic only with its first message, so that a frame is sent whether the
 * peer is known to be there or not.
 */
export class PublicTopic implements TopicChannel {
  readonly readiness = 'ready'
  readonly maxFrameBytes: number
  readonly #channel: Channel

  constructor(connection: Connection, name: string, events: TopicChannelEvents) {
    this.maxFrameBytes = connection.maxFrameBytes
    this.#channel = connection.open(PREFIX + name, events)
  }

  get remoteOpen(): boolean {
    return this.#channel.remoteOpen
  }

  send(frame: Buffer): void {
    this.#channel.send(frame)
  }

  close(): void {
    this.#channel.close()
  }
}
