import { sendExtension } from './extension-message.js'
import type { ProtocolStream, StreamExtension } from './protocol-stream.js'
import { repairStream } from './repairs.js'
import type { Channel, ChannelEvents } from './transport.js'

/**
 * The extensions of one protocol stream as channels, with the faults of the stack repaired: ids stay right after a
 * removal, names are announced when they change instead of before the next message, and one name may be opened by
 * several users, which would otherwise hide each other's messages.
 */
export class StreamChannels {
  static readonly #ofStream = new WeakMap<ProtocolStream, StreamChannels>()

  /** One per stream, so that two `Peersockets` on one networker share the extension of a topic they are both in. */
  static of(stream: ProtocolStream): StreamChannels {
    let channels = StreamChannels.#ofStream.get(stream)
    if (channels === undefined) {
      channels = new StreamChannels(stream)
      StreamChannels.#ofStream.set(stream, channels)
    }
    return channels
  }

  readonly #stream: ProtocolStream
  readonly #protocols = new Map<string, Protocol>()
  #announcing = false

  private constructor(stream: ProtocolStream) {
    this.#stream = stream
    stream.extensions.exclusive = false
    repairStream(stream)
    stream.on('extensions', names => this.#onannounced(names))
  }

  open(name: string, events: ChannelEvents): Channel {
    let protocol = this.#protocols.get(name)
    if (protocol === undefined) {
      protocol = new Protocol(
        this.#stream,
        name,
        this.#stream.remoteExtensions.names?.includes(name) ?? false
      )
      this.#protocols.set(name, protocol)
      this.#announce()
    }
    return new ExtensionChannel(protocol, events, () => this.#release(name))
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
    const announced = new Set(names)
    for (const [name, protocol] of [...this.#protocols]) protocol.setRemoteOpen(announced.has(name))
  }
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
        for (const channel of this.channels) channel.events.onmessage(frame)
      }
    })
  }

  setRemoteOpen(open: boolean): void {
    if (this.remoteOpen === open) return
    this.remoteOpen = open
    for (const channel of this.channels) {
      if (open) channel.events.onopen?.()
      else channel.events.onclose?.()
    }
  }
}

class ExtensionChannel implements Channel {
  readonly #protocol: Protocol
  readonly #release: () => void
  #closed = false

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
    // The stack throws at a message on an extension that was destroyed.
    if (!this.#closed) sendExtension(this.#protocol.stream, this.#protocol.extension, frame)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#protocol.channels = this.#protocol.channels.filter(channel => channel !== this)
    this.#release()
  }
}
