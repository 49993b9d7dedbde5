import {
  type Connection,
  type Peer,
  PeersocketsError,
  type Transport,
  type TransportEvents
} from 'peersockets'
import { SecretConnection } from './secret-connection.js'
import type { SecretStream } from './secret-stream.js'
import type { HyperswarmPeer, SwarmLike } from './swarm.js'

/** By stream: two `Peersockets` on one swarm know the same peers. */
const peers = new WeakMap<SecretStream, Peer>()

/**
 * The connections of a Hyperswarm 4 instance, for `new Peersockets(hyperswarm(swarm))`; anything that emits `connection`
 * with a secret stream works too. Peers are {@link HyperswarmPeer}s; `send` takes the connection itself as well.
 * Throws `ERR_INVALID_ARGUMENT`.
 */
export function hyperswarm(swarm: SwarmLike): Transport {
  return new HyperswarmTransport(swarm)
}

class HyperswarmTransport implements Transport {
  readonly contract = 1
  readonly #swarm: SwarmLike
  readonly #connections = new Map<unknown, SecretConnection>()
  readonly #onclose = new Map<SecretStream, () => void>()
  #events: TransportEvents | undefined

  constructor(swarm: SwarmLike) {
    if (typeof swarm?.on !== 'function' || typeof swarm.removeListener !== 'function') {
      const text = 'hyperswarm(swarm) takes a Hyperswarm 4 instance, or an emitter of `connection`.'
      throw new PeersocketsError('ERR_INVALID_ARGUMENT', text)
    }
    this.#swarm = swarm
  }

  start(events: TransportEvents): void {
    this.#events = events
    this.#swarm.on('connection', this.#onconnection)
    for (const stream of this.#swarm.connections) this.#attach(stream, this.#infoOf(stream))
  }

  stop(): void {
    this.#events = undefined
    this.#swarm.removeListener('connection', this.#onconnection)
    for (const [stream, listener] of this.#onclose) stream.removeListener('close', listener)
    this.#onclose.clear()
    this.#connections.clear()
  }

  connectionOf(peer: Peer): Connection | undefined {
    const stream = 'connection' in peer ? peer.connection : peer
    const connection = this.#connections.get(stream)
    if (connection !== undefined) return connection
    // A listener of `connection` that was registered before ours runs before ours, and may send at once.
    for (const known of this.#swarm.connections) {
      if (known === stream) return this.#attach(known, this.#infoOf(known))
    }
    return undefined
  }

  readonly #onconnection = (stream: SecretStream, info: unknown): void => {
    this.#attach(stream, info)
  }

  #infoOf({ remotePublicKey }: SecretStream): unknown {
    return remotePublicKey === null ? undefined : this.#swarm.peers?.get(remotePublicKey.toString('hex'))
  }

  #attach(stream: SecretStream, info: unknown): Connection | undefined {
    const known = this.#connections.get(stream)
    if (known !== undefined || this.#events === undefined) return known
    const { publicKey, remotePublicKey } = stream
    if (stream.destroying || publicKey === null || remotePublicKey === null) return undefined
    const connection = new SecretConnection(
      peerOf(stream, remotePublicKey, info),
      stream,
      publicKey,
      remotePublicKey
    )
    this.#connections.set(stream, connection)
    const onclose = () => this.#ongone(stream, connection)
    this.#onclose.set(stream, onclose)
    stream.once('close', onclose)
    this.#events.onconnection(connection)
    return connection
  }

  #ongone(stream: SecretStream, connection: Connection): void {
    this.#connections.delete(stream)
    this.#onclose.delete(stream)
    this.#events?.onclose(connection)
  }
}

function peerOf(stream: SecretStream, remotePublicKey: Buffer, info: unknown): Peer {
  const peer: HyperswarmPeer = { remotePublicKey, connection: stream, info }
  const known = peers.get(stream) ?? peer
  peers.set(stream, known)
  return known
}
