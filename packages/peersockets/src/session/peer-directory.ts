import { PeersocketsError } from '../errors.js'
import type { Peer } from '../plugin.js'
import type { Connection, Transport } from '../transport/transport.js'
import type { PeerConnection } from './peer-connection.js'

const KEY_BYTES = 32
const HEX_KEY = /^[0-9a-f]{64}$/i

/** Finds the connection that an app means by a peer object, a public key, or its hex. */
export class PeerDirectory {
  readonly #transport: Transport
  readonly #connections = new Map<Connection, PeerConnection>()
  /** In the order they came; usually one. */
  readonly #byKey = new Map<string, PeerConnection[]>()

  constructor(transport: Transport) {
    this.#transport = transport
  }

  get size(): number {
    return this.#connections.size
  }

  [Symbol.iterator](): IterableIterator<PeerConnection> {
    return this.#connections.values()
  }

  add(peer: PeerConnection): void {
    this.#connections.set(peer.connection, peer)
    const key = peer.connection.remotePublicKey.toString('hex')
    this.#byKey.set(key, [...(this.#byKey.get(key) ?? []), peer])
  }

  get(connection: Connection): PeerConnection | undefined {
    return this.#connections.get(connection)
  }

  remove({ connection }: PeerConnection): void {
    const peer = this.#connections.get(connection)
    if (peer === undefined) return
    this.#connections.delete(connection)
    const key = connection.remotePublicKey.toString('hex')
    const others = (this.#byKey.get(key) ?? []).filter(other => other !== peer)
    if (others.length === 0) this.#byKey.delete(key)
    else this.#byKey.set(key, others)
  }

  /**
   * Throws `ERR_UNKNOWN_PEER` when it is not connected, and `ERR_INVALID_ARGUMENT` when it is no peer at all. `message`
   * is what stood before it in the call, to tell swapped arguments.
   */
  resolve(peer: unknown, message: unknown, topic: string): PeerConnection {
    const found = this.#find(peer)
    if (found !== undefined) return found
    if (isPeerLike(peer)) {
      const text = `This peer is not connected, so nothing can be sent to it on topic ${topic}. Send when it is back.`
      throw new PeersocketsError('ERR_UNKNOWN_PEER', text, { topic })
    }
    const swapped = isPeerLike(message) ? ' The arguments are swapped: it is send(message, peer).' : ''
    const text = `A peer is a peer object of the network, its public key of ${KEY_BYTES} bytes, or that key in hex.${swapped}`
    throw new PeersocketsError('ERR_INVALID_ARGUMENT', text, { topic })
  }

  #find(peer: unknown): PeerConnection | undefined {
    if (typeof peer === 'string') return this.#byKey.get(peer.toLowerCase())?.at(-1)
    // After a reconnect both connections may be up for a moment. The stack closes the older one, so the newer counts.
    if (peer instanceof Uint8Array) return this.#byKey.get(Buffer.from(peer).toString('hex'))?.at(-1)
    if (!isPeer(peer)) return undefined
    const connection = this.#transport.connectionOf(peer)
    return connection === undefined ? undefined : this.#connections.get(connection)
  }
}

function isPeer(value: unknown): value is Peer {
  return typeof value === 'object' && value !== null && 'remotePublicKey' in value
}

function isPeerLike(value: unknown): boolean {
  if (typeof value === 'string') return HEX_KEY.test(value)
  return value instanceof Uint8Array ? value.length === KEY_BYTES : isPeer(value)
}
