import { hmac } from '@peersockets/mw-hmac'
import type { KeyPair, ProtocolStream } from '@peersockets/testing'
import {
  defineTopic,
  type NetworkerLike,
  type Peer,
  Peersockets,
  PeersocketsError,
  type TopicHandle
} from 'peersockets'
import type { Harm, Ledger } from './ledger.js'

/** Of the hash of a handshake, enough to tell it from the others of a run. */
const CONNECTION_BYTES = 4

export interface TopicSpec {
  readonly name: string
  /** On wire v1, or on v0. */
  readonly private: boolean
  readonly signed: boolean
}

/** What is used of a networker, whether it is a real one or one in memory. */
export type AnyNetworker = NetworkerLike & {
  readonly keyPair: KeyPair
  on(event: 'stream-opened' | 'handshake', listener: (stream: ProtocolStream) => void): unknown
}

export interface PartyOptions {
  readonly place: number
  readonly networkers: readonly AnyNetworker[]
  readonly topics: readonly TopicSpec[]
  readonly ledger: Ledger
  /** A message arrived, as it should have or not. */
  onheard(topic: TopicSpec, harm: Harm | undefined): void
}

type Room = TopicHandle<Buffer>

/** One peer, in every topic, with a count of all that it was told. */
export class Party {
  readonly sockets: Peersockets
  readonly rooms: ReadonlyMap<TopicSpec, Room>
  /** What `onreject` told, by code. */
  readonly reported = new Map<string, number>()
  readonly #place: number
  readonly #networkers: readonly AnyNetworker[]
  readonly #ledger: Ledger
  /** By the key of the peer at the other end: what both ends call the connection that is up. */
  readonly #connections = new Map<string, string>()

  constructor({ place, networkers, topics, ledger, onheard }: PartyOptions) {
    const networker = networkers[place]
    if (networker === undefined) throw new RangeError(`There is no networker ${place}.`)
    this.#place = place
    this.#networkers = networkers
    this.#ledger = ledger
    // Before the library's own listener, so that the name of a connection is known before anything is said on it.
    networker.on('handshake', (stream: ProtocolStream) => this.#onhandshake(stream))
    this.sockets = new Peersockets(networker, {
      onreject: ({ code }) => this.reported.set(code, (this.reported.get(code) ?? 0) + 1)
    })
    this.rooms = new Map(topics.map(spec => [spec, this.#join(spec, harm => onheard(spec, harm))] as const))
  }

  /** Whether it has a connection to the peer at a place. */
  isConnected(to: number): boolean {
    return this.#connections.has(this.#keyOf(to).toString('hex'))
  }

  /** Rooms with a peer in them. */
  get present(): number {
    return [...this.rooms.values()].filter(({ peers }) => peers.size > 0).length
  }

  /** Says something new on a topic. */
  say(spec: TopicSpec, to: number, filling?: number): void {
    const key = this.#keyOf(to)
    const connection = this.#connections.get(key.toString('hex'))
    if (connection === undefined) throw new Error(`Peer ${this.#place} is not connected to ${to}.`)
    const message = this.#ledger.say({ topic: spec.name, connection, from: this.#place, to }, filling)
    try {
      this.rooms.get(spec)?.send(message, key)
    } catch (error) {
      // What is done to a connection can keep somebody out of a topic, which is told to whoever says something.
      if (!PeersocketsError.is(error) || error.code !== 'ERR_PEER_NOT_IN_TOPIC') throw error
    }
  }

  /** Codes of which the library counts another number than it reported. */
  get miscounted(): readonly string[] {
    const { rejected } = this.sockets.stats
    const codes = new Set<string>([...Object.keys(rejected), ...this.reported.keys()])
    const counted = new Map<string, number>(Object.entries(rejected))
    const reported = new Map<string, number>(this.reported)
    return [...codes].filter(code => counted.get(code) !== reported.get(code))
  }

  #join({ name, private: isPrivate, signed }: TopicSpec, onheard: (harm: Harm | undefined) => void): Room {
    const topic = defineTopic({ name, private: isPrivate, middleware: signed ? [hmac()] : [] })
    return this.sockets.join(topic, {
      onmessage: (message, peer) => {
        const from = this.#placeOf(peer)
        const connection = this.#connections.get(peer.remotePublicKey.toString('hex')) ?? 'none'
        onheard(this.#ledger.hear(message.toString(), { topic: name, connection, from, to: this.#place }))
      }
    })
  }

  #onhandshake(stream: ProtocolStream): void {
    const { remotePublicKey, state } = stream
    if (remotePublicKey === null || state.handshakeHash === null)
      throw new Error('The handshake is not over.')
    const key = remotePublicKey.toString('hex')
    const connection = state.handshakeHash.toString('hex', 0, CONNECTION_BYTES)
    this.#connections.set(key, connection)
    stream.once('close', () => {
      if (this.#connections.get(key) === connection) this.#connections.delete(key)
    })
  }

  #keyOf(place: number): Buffer {
    const networker = this.#networkers[place]
    if (networker === undefined) throw new RangeError(`There is no networker ${place}.`)
    return networker.keyPair.publicKey
  }

  #placeOf({ remotePublicKey }: Peer): number {
    return this.#networkers.findIndex(({ keyPair }) => keyPair.publicKey.equals(remotePublicKey))
  }
}
