import { EventEmitter } from 'node:events'
import { secretStreamClass } from '../stack/installed.js'
import type { KeyPair } from '../stack/protocol-stream.js'
import type { SecretStream } from '../stack/secret-stream.js'
import type { LinkEnd } from './memory-link.js'

/** What a swarm in memory knows of a peer. */
export interface MemoryPeerInfo {
  readonly publicKey: Buffer
}

/** What a {@link MemorySwarm} emits. */
export interface MemorySwarmEvents {
  /** A stream whose handshake is over. */
  connection: [stream: SecretStream, info: MemoryPeerInfo]
  /** Why a stream is gone, when it was an error. */
  'connection-error': [error: Error]
}

/** The least that passes for a Hyperswarm 4: it says when a secret stream is ready. No sockets, no DHT. */
export class MemorySwarm extends EventEmitter<MemorySwarmEvents> {
  readonly keyPair: KeyPair
  readonly connections = new Set<SecretStream>()
  /** By public key in hex. */
  readonly peers = new Map<string, MemoryPeerInfo>()

  constructor(keyPair: KeyPair = secretStreamClass().keyPair()) {
    super()
    this.keyPair = keyPair
    this.setMaxListeners(0)
  }

  /** Streams whose handshake is over. */
  get streams(): ReadonlySet<SecretStream> {
    return this.connections
  }

  /** One end of a connection, to be wired to that of another swarm. */
  createEnd(initiator: boolean): LinkEnd<SecretStream> {
    const SecretStreamClass = secretStreamClass()
    const stream = new SecretStreamClass(initiator, null, { keyPair: this.keyPair })
    stream.on('connect', () => {
      this.connections.add(stream)
      this.emit('connection', stream, this.#infoOf(stream))
    })
    stream.on('error', (error: Error) => this.emit('connection-error', error))
    stream.on('close', () => this.connections.delete(stream))
    return { stream, socket: stream.rawStream, handshake: 'connect' }
  }

  #infoOf({ remotePublicKey }: SecretStream): MemoryPeerInfo {
    if (remotePublicKey === null) throw new Error('The handshake is not over.')
    const name = remotePublicKey.toString('hex')
    const info = this.peers.get(name) ?? { publicKey: remotePublicKey }
    this.peers.set(name, info)
    return info
  }
}
