import { AnnouncedNames } from './announced-names.js'
import { sendExtension } from './extension-message.js'
import type { ProtocolStream, StreamExtension } from './protocol-stream.js'
import { repairStream } from './repairs.js'
import { sharedOn } from './shared.js'
import type { Channel, ChannelEvents } from './transport.js'

/**
 * The extensions of one protocol stream as channels, with the faults of the stack repaired: ids stay right after a
 * removal, names are announced when they change instead of before the next message, and one name may be opened by
 * several users, which would otherwise hide each other's messages.
 */
export class StreamChannels {
  /** One per stream, so that two `Peersockets` on one networker share the extension of a topic they are both in. */
  static of(stream: ProtocolStream): StreamChannels {
    return sharedOn(stream, 'protocol-channels/1', () => new StreamChannels(stream))
  }

  readonly #stream: ProtocolStream
  readonly #protocols = new Map<string, Protocol>()
  readonly #announced: AnnouncedNames
  /** Replaced, never changed in place. */
  #hearers: readonly Hearer[] = []
  #announcing = false

  private constructor(stream: ProtocolStream) {
    this.#stream = stream
    this.#announced = new AnnouncedNames(stream.remoteExtensions.names)
    stream.extensions.exclusive = false
    repairStream(stream)
    // What a peer sends may end the stream with an error, which ends the process where nobody listens for it.
    stream.on('error', () => undefined)
    stream.on('extensions', names => this.#onannounced(names))
  }

  open(name: string, events: ChannelEvents): Channel {
    let protocol = this.#protocols.get(name)
    if (protocol === undefined) {
      protocol = new Protocol(this.#stream, name, this.#announced.all.has(name))
      this.#protocols.set(name, protocol)
      this.#announce()
    }
    return new ExtensionChannel(protocol, events, () => this.#release(name))
  }

  /** Calls back with each name that the peer announces, and soon with those it has announced already. Gives what ends that. */
  onannounce(listener: (name: string) => void): () => void {
    const hearer: Hearer = { listener, gone: false }
    const earlier = this.#announced.all
    this.#hearers = [...this.#hearers, hearer]
    queueMicrotask(() => tell(hearer, earlier))
    return () => {
      hearer.gone = true
      this.#hearers = this.#hearers.filter(other => other !== hearer)
    }
  }

  #release(name: string): void {
    const protocol = this.#protocols.get(name)
    if (protocol === undefined || protocol.channels.length > 0) return
    this.#protocols.delete(name)
    protocol.extension.destroy()
    this.#announce()
  }

  // The stack announces lazily, before the next message: a peer that only listens would stay invisible, and one that
  // left would stay announced. Once a tick, because the announcement lists every name.
  #announce(): void {
    if (this.#announcing) return
    this.#announcing = true
    queueMicrotask(() => {
      this.#announcing = false
      const stream = this.#stream
      if (stream.destroyed || stream._changes === stream.extensions.changes) return
      stream._changes = stream.extensions.changes
      stream.state.options(0, { extensions: stream.extensions.names() })
    })
  }

  #onannounced(names: readonly string[]): void {
    const { added, removed } = this.#announced.replace(names)
    for (const name of removed) this.#protocols.get(name)?.setRemoteOpen(false)
    for (const name of added) this.#protocols.get(name)?.setRemoteOpen(true)
    for (const hearer of this.#hearers) tell(hearer, added)
  }
}

/** One of those who hear what the peer announces. */
interface Hearer {
  readonly listener: (name: string) => void
  gone: boolean
}

function tell(hearer: Hearer, names: Iterable<string>): void {
  for (const name of names) if (!hearer.gone) hearer.listener(name)
}

class Protocol {
  readonly extension: StreamExtension
  // Replaced, never changed in place: a handler may open or close channels while a message is handed round.
  channels: readonly ExtensionChannel[] = []

  constructor(
    readonly stream: ProtocolStream,
    name: string,
    public remoteOpen: boolean
  ) {
    this.extension = stream.registerExtension(name, {
      onmessage: frame => {
        // What one of several writes into a frame no other gets to see: each but the last has bytes of its own.
        const channels = this.channels
        for (const [at, channel] of channels.entries())
          if (!channel.closed) channel.events.onmessage(at < channels.length - 1 ? Buffer.from(frame) : frame)
      }
    })
  }

  setRemoteOpen(open: boolean): void {
    if (this.remoteOpen === open) return
    this.remoteOpen = open
    for (const channel of this.channels) {
      if (channel.closed) continue
      if (open) channel.events.onopen?.()
      else channel.events.onclose?.()
    }
  }
}

class ExtensionChannel implements Channel {
  readonly #protocol: Protocol
  readonly #release: () => void
  closed = false

  constructor(
    protocol: Protocol,
    readonly events: ChannelEvents,
    release: () => void
  ) {
    this.#protocol = protocol
    this.#release = release
    protocol.channels = [...protocol.channels, this]
  }

  get remoteOpen(): boolean {
    return this.#protocol.remoteOpen
  }

  send(frame: Buffer): void {
    const { stream, extension } = this.#protocol
    // The stack throws at a message on an extension that was destroyed, and encrypts with nothing once the stream is.
    if (!this.closed && !stream.destroyed) sendExtension(stream, extension, frame)
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    this.#protocol.channels = this.#protocol.channels.filter(channel => channel !== this)
    this.#release()
  }
}
