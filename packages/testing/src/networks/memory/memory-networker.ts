import { EventEmitter } from 'node:events'
import { protocolStreamClass } from '../stack/installed.js'
import type { KeyPair, ProtocolStream } from '../stack/protocol-stream.js'
import type { LinkEnd } from './memory-link.js'

/** What a {@link MemoryNetworker} emits. */
export interface MemoryNetworkerEvents {
  /** A stream whose handshake is still to come. */
  'stream-opened': [stream: ProtocolStream]
  /** A stream whose handshake is over. */
  handshake: [stream: ProtocolStream]
  /** A stream that is gone, whether its handshake was over or not. */
  'stream-closed': [stream: ProtocolStream]
  /** Why a stream is gone, when it was an error; a networker's word for it. */
  'replication-error': [error: Error]
}

/** The least that passes for a networker: it says when a protocol stream is ready and when it is gone. No sockets. */
export class MemoryNetworker extends EventEmitter<MemoryNetworkerEvents> {
  readonly keyPair: KeyPair
  /** Streams whose handshake is over. */
  readonly streams = new Set<ProtocolStream>()

  constructor(keyPair: KeyPair = protocolStreamClass().keyPair()) {
    super()
    this.keyPair = keyPair
    this.setMaxListeners(0)
  }

  /** One end of a connection, to be wired to that of another networker. */
  createEnd(initiator: boolean): LinkEnd<ProtocolStream> {
    const HypercoreProtocol = protocolStreamClass()
    // No timeout: a stream in memory ends when the test says so, also when the clock is a fake one.
    const stream = new HypercoreProtocol(initiator, { keyPair: this.keyPair, live: true, timeout: false })
    stream.on('handshake', () => {
      this.streams.add(stream)
      this.emit('handshake', stream)
    })
    stream.on('error', (error: Error) => this.emit('replication-error', error))
    stream.on('close', () => {
      this.streams.delete(stream)
      this.emit('stream-closed', stream)
    })
    this.emit('stream-opened', stream)
    return { stream, socket: stream, handshake: 'handshake' }
  }
}
