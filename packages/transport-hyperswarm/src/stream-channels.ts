import type { Channel, ChannelEvents } from 'peersockets'
import Protomux from 'protomux'
import { AnnouncedNames } from './announced-names.js'
import { guardBatches } from './guard-batches.js'
import { Outgoing } from './outgoing.js'
import { Protocol } from './protocol.js'
import type { SecretStream } from './secret-stream.js'
import { sharedOn } from './shared.js'
import { watchOpens } from './watch-opens.js'

/** The protocols of one stream, beside those that others have on it. */
export class StreamChannels {
  /** One per stream, so that two `Peersockets` on one swarm share the channel of a topic they are both in. */
  static of(stream: SecretStream): StreamChannels {
    return sharedOn(stream, 'secret-channels/1', () => new StreamChannels(stream))
  }

  readonly outgoing: Outgoing
  readonly announced = new AnnouncedNames()
  readonly #stream: SecretStream
  readonly #mux: Protomux
  readonly #protocols = new Map<string, Protocol>()

  private constructor(stream: SecretStream) {
    this.#stream = stream
    this.#mux = Protomux.from(stream)
    guardBatches(this.#mux)
    watchOpens(this.#mux, protocol => this.announced.add(protocol))
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
        onanswer: () => this.announced.addAnswer(name),
        onend: () => this.#protocols.delete(name)
      },
      name
    )
    this.#protocols.set(name, protocol)
    return protocol
  }
}
