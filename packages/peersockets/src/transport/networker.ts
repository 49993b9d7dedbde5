import type { Peer } from '../plugin.js'
import {
  isNetworker,
  itemsOf,
  type NetworkerLike,
  type NetworkerPeer,
  refuseNetwork
} from './networker-like.js'
import { assertPreflight, preflight } from './preflight.js'
import { ProtocolConnection } from './protocol-connection.js'
import { isKey, isProtocolStream, type ProtocolStream } from './protocol-stream.js'
import { sharedOn } from './shared.js'
import type { Transport, TransportEvents } from './transport.js'

// When this is imported, because a networker that got the wrong packages throws before it could be given to us.
preflight()

type NetworkerConnection = ProtocolConnection<NetworkerPeer>

/** The connections of a networker. */
export class NetworkerTransport implements Transport<NetworkerPeer> {
  readonly contract = 2
  readonly #networker: NetworkerLike
  readonly #connections = new Map<unknown, NetworkerConnection>()
  readonly #onclose = new Map<ProtocolStream, () => void>()
  #events: TransportEvents<NetworkerPeer> | undefined

  /** Throws `ERR_INVALID_ARGUMENT`, and `ERR_INCOMPATIBLE_DEPENDENCY` when hypercore-protocol cannot work. */
  constructor(networker: unknown) {
    if (!isNetworker(networker)) refuseNetwork(networker)
    assertPreflight()
    this.#networker = networker
  }

  start(events: TransportEvents<NetworkerPeer>): void {
    this.#events = events
    // A networker emits `peer-add` before `handshake`: listening to both keeps its peer object, and the order in which
    // it tells its own listeners.
    this.#networker.on('peer-add', this.#onpeer)
    this.#networker.on('handshake', this.#onhandshake)
    this.#networker.on('stream-closed', this.#ongone)
    for (const peer of itemsOf(this.#networker.peers)) this.#onpeer(peer)
    for (const stream of itemsOf(this.#networker.streams)) this.#onhandshake(stream)
  }

  stop(): void {
    this.#events = undefined
    this.#networker.removeListener('peer-add', this.#onpeer)
    this.#networker.removeListener('handshake', this.#onhandshake)
    this.#networker.removeListener('stream-closed', this.#ongone)
    for (const [stream, listener] of this.#onclose) stream.removeListener('close', listener)
    for (const connection of this.#connections.values()) connection.release()
    this.#onclose.clear()
    this.#connections.clear()
  }

  connectionOf(peer: Peer): NetworkerConnection | undefined {
    const connection = this.#connections.get(streamOf(peer))
    if (connection !== undefined) return connection
    // A `peer-add` listener that was registered before ours runs before ours, and may send at once.
    for (const known of itemsOf(this.#networker.peers)) {
      if (known === peer) return this.#onpeer(known)
    }
    return undefined
  }

  readonly #onpeer = (peer: unknown): NetworkerConnection | undefined => {
    return isNetworkerPeer(peer) ? this.#attach(peer.stream, peer) : undefined
  }

  readonly #onhandshake = (stream: unknown): void => {
    if (isProtocolStream(stream)) this.#attach(stream, undefined)
  }

  #attach(stream: ProtocolStream, own: NetworkerPeer | undefined): NetworkerConnection | undefined {
    const known = this.#connections.get(stream)
    if (known !== undefined || this.#events === undefined) return known
    const { publicKey, remotePublicKey } = stream
    if (stream.destroyed || stream.destroying || publicKey === null || remotePublicKey === null)
      return undefined
    const peer = own === undefined ? peerOf(stream, remotePublicKey) : named(own)
    const connection = new ProtocolConnection(peer, stream, publicKey, remotePublicKey)
    this.#connections.set(stream, connection)
    const onclose = () => this.#ongone(stream)
    this.#onclose.set(stream, onclose)
    stream.once('close', onclose)
    this.#events.onconnection(connection)
    return connection
  }

  readonly #ongone = (stream: ProtocolStream): void => {
    const connection = this.#connections.get(stream)
    if (connection === undefined) return
    this.#connections.delete(stream)
    const listener = this.#onclose.get(stream)
    if (listener !== undefined) stream.removeListener('close', listener)
    this.#onclose.delete(stream)
    this.#events?.onclose(connection)
  }
}

/** What a peer object of anybody's has as its stream. */
function streamOf(peer: unknown): unknown {
  return typeof peer === 'object' && peer !== null && 'stream' in peer ? peer.stream : undefined
}

function isNetworkerPeer(peer: unknown): peer is NetworkerPeer {
  return isProtocolStream(streamOf(peer)) && isKey(Object(peer).remotePublicKey)
}

/** The peer object where the network has none: the same for every transport on the stream. */
function peerOf(stream: ProtocolStream, remotePublicKey: Buffer): NetworkerPeer {
  return sharedOn(stream, 'protocol-peer/1', () => ({
    network: 'networker',
    remotePublicKey,
    remoteAddress: stream.remoteAddress,
    type: stream.remoteType,
    stream
  }))
}

/** Not enumerable: the object belongs to the networker, and so do its logs. */
function named(peer: NetworkerPeer): NetworkerPeer {
  if (!('network' in peer) && Object.isExtensible(peer))
    Object.defineProperty(peer, 'network', { value: 'networker' })
  return peer
}
