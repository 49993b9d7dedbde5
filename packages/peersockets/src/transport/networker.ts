import { refuse } from '../errors.js'
import type { Peer } from '../plugin.js'
import { assertPreflight, preflight } from './preflight.js'
import { ProtocolConnection } from './protocol-connection.js'
import type { ProtocolStream } from './protocol-stream.js'
import type { Connection, Transport, TransportEvents } from './transport.js'

// When this is imported, because a networker that got the wrong packages throws before it could be given to us.
preflight()

/** The peer object of a `@corestore/networker`, which an emitter without peers of its own gets made for each stream. */
export interface NetworkerPeer extends Peer {
  readonly remoteAddress: string | null
  /** `tcp`, `utp` or `unknown`. */
  readonly type: string | null
  readonly stream: ProtocolStream
}

/**
 * A `@corestore/networker`, or anything that emits `handshake` with a hypercore-protocol stream whose handshake is over,
 * and `stream-closed` with the same stream when it is gone.
 */
export interface NetworkerLike {
  on(event: 'handshake' | 'stream-closed', listener: (stream: ProtocolStream) => void): unknown
  on(event: 'peer-add', listener: (peer: NetworkerPeer) => void): unknown
  removeListener(event: 'handshake' | 'stream-closed', listener: (stream: ProtocolStream) => void): unknown
  removeListener(event: 'peer-add', listener: (peer: NetworkerPeer) => void): unknown
  /** The peers of a networker, kept current by it. */
  readonly peers?: Iterable<NetworkerPeer>
  /** Streams whose handshake is over; for emitters that have no `peers`. */
  readonly streams?: Iterable<ProtocolStream>
}

/** The connections of a networker. */
export class NetworkerTransport implements Transport {
  readonly #networker: NetworkerLike
  /** By stream; `unknown`, because a caller's peer object may carry anything there. */
  readonly #connections = new Map<unknown, ProtocolConnection>()
  readonly #onclose = new Map<ProtocolStream, () => void>()
  #events: TransportEvents | undefined

  constructor(networker: NetworkerLike) {
    if (typeof networker?.on !== 'function' || typeof networker.removeListener !== 'function') {
      refuse(
        'new Peersockets(network) takes a @corestore/networker, an emitter of `handshake` and `stream-closed`, or a transport.'
      )
    }
    assertPreflight()
    this.#networker = networker
  }

  start(events: TransportEvents): void {
    this.#events = events
    // A networker emits `peer-add` before `handshake`: listening to both keeps its peer object, and the order in which
    // it tells its own listeners.
    this.#networker.on('peer-add', this.#onpeer)
    this.#networker.on('handshake', this.#onhandshake)
    this.#networker.on('stream-closed', this.#ongone)
    for (const peer of this.#networker.peers ?? []) this.#onpeer(peer)
    for (const stream of this.#networker.streams ?? []) this.#onhandshake(stream)
  }

  stop(): void {
    this.#events = undefined
    this.#networker.removeListener('peer-add', this.#onpeer)
    this.#networker.removeListener('handshake', this.#onhandshake)
    this.#networker.removeListener('stream-closed', this.#ongone)
    for (const [stream, listener] of this.#onclose) stream.removeListener('close', listener)
    this.#onclose.clear()
    this.#connections.clear()
  }

  connectionOf(peer: Peer): Connection | undefined {
    if (!('stream' in peer)) return undefined
    const connection = this.#connections.get(peer.stream)
    if (connection !== undefined) return connection
    // A `peer-add` listener that was registered before ours runs before ours, and may send at once.
    for (const known of this.#networker.peers ?? []) {
      if (known === peer) return this.#attach(known.stream, known)
    }
    return undefined
  }

  readonly #onpeer = (peer: NetworkerPeer): void => {
    this.#attach(peer.stream, peer)
  }

  readonly #onhandshake = (stream: ProtocolStream): void => {
    this.#attach(stream, undefined)
  }

  #attach(stream: ProtocolStream, peer: NetworkerPeer | undefined): Connection | undefined {
    const known = this.#connections.get(stream)
    if (known !== undefined || this.#events === undefined) return known
    const { publicKey, remotePublicKey } = stream
    if (stream.destroyed || publicKey === null || remotePublicKey === null) return undefined
    const connection = new ProtocolConnection(
      peer ?? { remotePublicKey, remoteAddress: stream.remoteAddress, type: stream.remoteType, stream },
      stream,
      publicKey,
      remotePublicKey
    )
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
