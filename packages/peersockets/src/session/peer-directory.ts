import { PeersocketsError } from '../errors.js'
import type { Limits } from '../limits.js'
import type { Peer } from '../plugin.js'
import type { Connection, Transport } from '../transport/transport.js'
import type { BlockPool } from '../wire/block-pool.js'
import { type ConnectionEvents, PeerConnection, type RemotePeer } from './peer-connection.js'

const KEY_BYTES = 32
const HEX_KEY = /^[0-9a-f]{64}$/i

/** Who is connected, by public key. */
export class PeerDirectory<P extends Peer> {
  readonly #transport: Transport<P>
  readonly #connections = new Map<Connection<P>, PeerConnection<P>>()
  readonly #byKey = new Map<string, RemotePeer<P>>()
  /** By the peer object of each connection: what is sent to mostly, and found in a fraction of the time that a key in hex takes. */
  readonly #byPeer = new Map<unknown, RemotePeer<P>>()

  constructor(transport: Transport<P>) {
    this.#transport = transport
  }

  get size(): number {
    return this.#connections.size
  }

  /** Each connection. */
  [Symbol.iterator](): IterableIterator<PeerConnection<P>> {
    return this.#connections.values()
  }

  peers(): Iterable<RemotePeer<P>> {
    return this.#byKey.values()
  }

  add(
    connection: Connection<P>,
    limits: Limits,
    pool: BlockPool,
    events: ConnectionEvents<P>
  ): PeerConnection<P> {
    const key = keyOf(connection)
    const remote = this.#byKey.get(key) ?? { peer: connection.peer, connections: [] }
    const added = new PeerConnection(connection, remote, limits, pool, events)
    remote.connections = [...remote.connections, added]
    this.#byKey.set(key, remote)
    this.#byPeer.set(connection.peer, remote)
    this.#connections.set(connection, added)
    return added
  }

  get(connection: Connection<P>): PeerConnection<P> | undefined {
    return this.#connections.get(connection)
  }

  remove({ connection, remote }: PeerConnection<P>): void {
    if (!this.#connections.delete(connection)) return
    remote.connections = remote.connections.filter(other => other.connection !== connection)
    if (!remote.connections.some(other => other.connection.peer === connection.peer))
      this.#byPeer.delete(connection.peer)
    if (remote.connections.length === 0) this.#byKey.delete(keyOf(connection))
  }

  /**
   * Throws `ERR_UNKNOWN_PEER` when it is not connected, and `ERR_INVALID_ARGUMENT` when it is no peer at all. `message`
   * is what stood before it in the call, to tell swapped arguments.
   */
  resolve(peer: unknown, message: unknown, topic: string): RemotePeer<P> {
    const found = this.find(peer, message, topic)
    if (found !== undefined) return found
    const text = `This peer is not connected, so nothing can be sent to it on topic ${topic}. Send when it is back.`
    throw new PeersocketsError('ERR_UNKNOWN_PEER', text, { topic })
  }

  /** The same; undefined when it is not connected. */
  find(peer: unknown, message: unknown, topic: string): RemotePeer<P> | undefined {
    const same = this.#byPeer.get(peer)
    if (same !== undefined) return same
    const key = keyIn(peer)
    if (key === undefined) {
      const swapped = isPeerLike(message) ? ' The arguments are swapped: it is send(message, peer).' : ''
      const text = `A peer is a peer object of the network, its public key of ${KEY_BYTES} bytes, or that key in hex.${swapped}`
      throw new PeersocketsError('ERR_INVALID_ARGUMENT', text, { topic })
    }
    const known = this.#byKey.get(key)
    if (known !== undefined || !isPeer(peer)) return known
    // A listener of the network that runs before ours may send at once: then the transport reports the connection now.
    this.#transport.connectionOf(peer)
    return this.#byKey.get(key)
  }
}

/** Whether `value` is what {@link PeerDirectory.find} takes for one peer. */
export function isPeerLike(value: unknown): boolean {
  return keyIn(value) !== undefined
}

function keyOf({ remotePublicKey }: Connection): string {
  return remotePublicKey.toString('hex')
}

/** The public key that is meant, in hex; undefined if it is no peer. */
function keyIn(peer: unknown): string | undefined {
  if (typeof peer === 'string') return HEX_KEY.test(peer) ? peer.toLowerCase() : undefined
  const key = isPeer(peer) ? peer.remotePublicKey : peer
  return key instanceof Uint8Array && key.length === KEY_BYTES ? Buffer.from(key).toString('hex') : undefined
}

function isPeer(value: unknown): value is Peer {
  return typeof value === 'object' && value !== null && 'remotePublicKey' in value
}
