import { type Peer, PeersocketsError, type Transport, type TransportEvents } from 'peersockets'
import { isSwarm, refuseSwarm } from './is-swarm.js'
import { SecretConnection } from './secret-connection.js'
import { isSecretStream, type SecretStream } from './secret-stream.js'
import { sharedOn } from './shared.js'
import type { HyperswarmPeer, SwarmLike } from './swarm.js'

/**
 * The connections of a Hyperswarm 4 instance, for `new Peersockets(hyperswarm(swarm))`; anything that emits `connection`
 * with a secret stream and lists its `connections` works too. Peers are {@link HyperswarmPeer}s; `send` takes the connection
 * itself as well. There are no options. Throws `ERR_INVALID_ARGUMENT`.
 */
export function hyperswarm<Stream extends SecretStream, Info>(
  swarm: SwarmLike<Stream, Info>
): Transport<HyperswarmPeer<Stream, Info>>
export function hyperswarm<Stream extends SecretStream, Info>(
  swarm: SwarmLike<Stream, Info>,
  ...more: unknown[]
): Transport<HyperswarmPeer<Stream, Info>> {
  if (!isSwarm(swarm)) refuseSwarm(swarm)
  if (more.some(argument => argument !== undefined)) {
    const text =
      'hyperswarm(swarm) has no options. Those of Peersockets are its second argument: new Peersockets(hyperswarm(swarm), options).'
    throw new PeersocketsError('ERR_INVALID_ARGUMENT', text)
  }
  return new HyperswarmTransport(swarm)
}

class HyperswarmTransport<Stream extends SecretStream, Info>
  implements Transport<HyperswarmPeer<Stream, Info>>
{
  readonly contract = 2
  readonly #swarm: SwarmLike<Stream, Info>
  readonly #connections = new Map<unknown, SecretConnection<HyperswarmPeer<Stream, Info>>>()
  readonly #onclose = new Map<Stream, () => void>()
  #events: TransportEvents<HyperswarmPeer<Stream, Info>> | undefined

  constructor(swarm: SwarmLike<Stream, Info>) {
    this.#swarm = swarm
  }

  start(events: TransportEvents<HyperswarmPeer<Stream, Info>>): void {
    this.#events = events
    this.#swarm.on('connection', this.#onconnection)
    for (const stream of this.#swarm.connections) this.#attach(stream, this.#infoOf(stream))
  }

  stop(): void {
    this.#events = undefined
    this.#swarm.removeListener('connection', this.#onconnection)
    for (const [stream, listener] of this.#onclose) stream.removeListener('close', listener)
    for (const connection of this.#connections.values()) connection.release()
    this.#onclose.clear()
    this.#connections.clear()
  }

  connectionOf(peer: Peer): SecretConnection<HyperswarmPeer<Stream, Info>> | undefined {
    const stream = streamOf(peer)
    const connection = this.#connections.get(stream)
    if (connection !== undefined) return connection
    // A listener of `connection` that was registered before ours runs before ours, and may send at once.
    for (const known of this.#swarm.connections) {
      if (known === stream) return this.#attach(known, this.#infoOf(known))
    }
    return undefined
  }

  readonly #onconnection = (stream: Stream, info: Info): void => {
    this.#attach(stream, info)
  }

  #infoOf(stream: Stream): Info | undefined {
    const { remotePublicKey }: { remotePublicKey?: Buffer | null } = Object(stream)
    return remotePublicKey ? this.#swarm.peers?.get?.(remotePublicKey.toString('hex')) : undefined
  }

  #attach(
    stream: Stream,
    info: Info | undefined
  ): SecretConnection<HyperswarmPeer<Stream, Info>> | undefined {
    const known = this.#connections.get(stream)
    if (known !== undefined || this.#events === undefined) return known
    if (!isSecretStream(stream) || stream.destroying) return undefined
    const { publicKey, remotePublicKey } = stream
    if (publicKey === null || remotePublicKey === null) return undefined
    const peer = peerOf(stream, remotePublicKey, info)
    const connection = new SecretConnection(peer, stream, publicKey, remotePublicKey)
    this.#connections.set(stream, connection)
    const onclose = () => this.#ongone(stream, connection)
    this.#onclose.set(stream, onclose)
    stream.once('close', onclose)
    this.#events.onconnection(connection)
    return connection
  }

  #ongone(stream: Stream, connection: SecretConnection<HyperswarmPeer<Stream, Info>>): void {
    this.#connections.delete(stream)
    this.#onclose.delete(stream)
    this.#events?.onclose(connection)
  }
}

/** What a peer object of anybody's has as its connection, or that itself. */
function streamOf(peer: unknown): unknown {
  return typeof peer === 'object' && peer !== null && 'connection' in peer ? peer.connection : peer
}

/** The same for every transport on the stream. */
function peerOf<Stream extends SecretStream, Info>(
  stream: Stream,
  remotePublicKey: Buffer,
  info: Info | undefined
): HyperswarmPeer<Stream, Info> {
  return sharedOn(stream, 'secret-peer/1', () => ({
    network: 'hyperswarm',
    remotePublicKey,
    connection: stream,
    info
  }))
}
