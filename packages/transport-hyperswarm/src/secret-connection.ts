import type { Channel, ChannelEvents, Connection, ExportedKey, Peer } from 'peersockets'
import { exportKey } from './exported-keys.js'
import type { SecretStream } from './secret-stream.js'
import { StreamChannels } from './stream-channels.js'

/** What a secret stream encrypts at once, less what it adds: it destroys itself over anything larger. */
const MAX_WRITE_BYTES = 2 ** 24 - 1 - 17
/** What Protomux may have corked, of whatever protocol, when a frame joins it. */
const MAX_CORKED_BYTES = 8 * 1024 * 1024
const MAX_HEADER_BYTES = 64

/** A secret stream, after its handshake, as a connection. */
export class SecretConnection<P extends Peer = Peer> implements Connection<P> {
  readonly maxFrameBytes = MAX_WRITE_BYTES - MAX_CORKED_BYTES - MAX_HEADER_BYTES
  /** Every write carries a MAC; one that does not verify destroys the stream. */
  readonly authenticated = true
  readonly #channels: StreamChannels
  #endAnnouncements: (() => void) | undefined

  constructor(
    readonly peer: P,
    readonly stream: SecretStream,
    readonly localPublicKey: Buffer,
    readonly remotePublicKey: Buffer
  ) {
    this.#channels = StreamChannels.of(stream)
  }

  get identity(): object {
    return this.stream
  }

  get queuedBytes(): number {
    return this.#channels.outgoing.bytes
  }

  open(protocol: string, events: ChannelEvents): Channel {
    return this.#channels.open(protocol, events)
  }

  exportKey(label: string): ExportedKey {
    return exportKey(this.stream, label)
  }

  ondrain(callback: () => void): void {
    this.#channels.outgoing.onceLeft(callback)
  }

  flush(): Promise<boolean> {
    return this.#channels.outgoing.flush()
  }

  onannounce(listener: (protocol: string) => void): void {
    this.#endAnnouncements = this.#channels.announced.hear(listener)
  }

  destroy(): void {
    this.stream.destroy()
  }

  /** Its transport has stopped: nobody hears any more what the peer opens. Channels go on. */
  release(): void {
    this.#endAnnouncements?.()
  }
}
