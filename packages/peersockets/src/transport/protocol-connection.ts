import { sha256 } from '@noble/hashes/sha2.js'
import { PeersocketsError } from '../errors.js'
import type { ExportedKey, Peer } from '../plugin.js'
import { Outflow } from './outflow.js'
import type { ProtocolStream } from './protocol-stream.js'
import { StreamChannels } from './stream-channels.js'
import type { Channel, ChannelEvents, Connection } from './transport.js'

/** simple-message-channels destroys the stream above 8 MiB, counted with the header and the extension id. */
const MAX_STREAM_MESSAGE_BYTES = 8 * 1024 * 1024
const MAX_HEADER_BYTES = 16

const EXPORT_CONTEXT = 'peersockets/export-key/v1\n'

/** A hypercore-protocol stream, after its handshake, as a connection. */
export class ProtocolConnection<P extends Peer = Peer> implements Connection<P> {
  readonly maxFrameBytes = MAX_STREAM_MESSAGE_BYTES - MAX_HEADER_BYTES
  /** The stream is encrypted with XSalsa20 and carries no MAC. */
  readonly authenticated = false
  readonly #channels: StreamChannels
  #endAnnouncements: (() => void) | undefined

  constructor(
    readonly peer: P,
    readonly stream: ProtocolStream,
    readonly localPublicKey: Buffer,
    readonly remotePublicKey: Buffer
  ) {
    this.#channels = StreamChannels.of(stream)
  }

  get identity(): object {
    return this.stream
  }

  get queuedBytes(): number {
    return this.stream._readableState.buffered
  }

  open(protocol: string, events: ChannelEvents): Channel {
    return this.#channels.open(protocol, events)
  }

  exportKey(label: string): ExportedKey {
    const id = Buffer.from(sha256(Buffer.from(EXPORT_CONTEXT + label)))
    const send = this.stream.state.capability(id)
    const receive = this.stream.state.remoteCapability(id)
    if (send === null || receive === null) {
      throw new PeersocketsError(
        'ERR_NO_KEY_EXPORT',
        'This connection was made without a noise handshake, so there is no secret to derive keys from. ' +
          'Create the protocol stream without `noise: false`.'
      )
    }
    return { send, receive }
  }

  ondrain(callback: () => void): void {
    Outflow.of(this.stream).ondrain(callback)
  }

  flush(): Promise<boolean> {
    return Outflow.of(this.stream).flush()
  }

  onannounce(listener: (protocol: string) => void): void {
    this.#endAnnouncements = this.#channels.onannounce(listener)
  }

  destroy(): void {
    // streamx passes the end on through a pipe as an error, which ends the process where nobody listens for it.
    const { _readableState: readable, _writableState: writable } = this.stream
    for (const end of [readable.pipeTo, writable?.pipeline?.from]) end?.on('error', () => undefined)
    this.stream.destroy()
  }

  /** Its transport has stopped: nobody hears any more what the peer announces. Channels go on. */
  release(): void {
    this.#endAnnouncements?.()
  }
}
