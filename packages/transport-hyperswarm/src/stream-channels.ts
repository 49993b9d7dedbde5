import type { Channel, ChannelEvents } from 'peersockets'
import Protomux from 'protomux'
import { guardBatches } from './guard-batches.js'
import { Outgoing } from './outgoing.js'
import { Protocol } from './protocol.js'
import type { SecretStream } from './secret-stream.js'

/** The protocols of one stream, beside those that others have on it. */
export class StreamChannels {
  static readonly #ofStream = new WeakMap<SecretStream, StreamChannels>()

  /** One per stream, so that two `Peersockets` on one swarm share the channel of a topic they are both in. */
  static of(stream: SecretStream): StreamChannels {
    const channels = StreamChannels.#ofStream.get(stream) ?? new StreamChannels(stream)
    StreamChannels.#ofStream.set(stream, channels)
    return channels
  }

  readonly outgoing: Outgoing
  readonly #stream: SecretStream
  readonly #mux: Protomux
  readonly #protocols = new Map<string, Protocol>()

  private constructor(stream: SecretStream) {
    this.#stream = stream
    this.#mux = Protomux.from(stream)
    guardBatches(this.#mux)
    this.outgoing = new Outgoing(stream, this.#mux)
  }

  open(name: string, events: ChannelEvents): Channel {
    const protocol = this.#protocols.get(name) ?? this.#begin(name)
    return protocol.use(events)
  }

  #begin(name: string): Protocol {
    const protocol = new Protocol(
      {
        stream: this.#stream,
        mux: this.#mux,
        outgoing: this.outgoing,
        onend: () => this.#protocols.delete(name)
      },
      name
    )
    this.#protocols.set(name, protocol)
    return protocol
  }
}
