import { randomBytes } from '@noble/hashes/utils.js'
import { EventEmitter } from 'events'
import { contain } from './contain.js'
import { checkContract } from './contract.js'
import { type ErrorCode, PeersocketsError, reasonOf } from './errors.js'
import { type Limits, limitsOf } from './limits.js'
import { checkCallbacks, checkOptions } from './options.js'
import type { Peer } from './plugin.js'
import { PeerConnection } from './session/peer-connection.js'
import { PeerDirectory } from './session/peer-directory.js'
import type { Stats, TopicStats } from './stats.js'
import {
  checkTopicName,
  defineTopic,
  PRIVATE_RAW_TOPIC,
  PUBLIC_RAW_TOPIC,
  Topic
} from './topic/definition.js'
import type { TopicHandle } from './topic/handle.js'
import { checkJoinOptions, type JoinOptions } from './topic/join-options.js'
import { JoinedTopic, type RejectHearer, type TopicOwner } from './topic/joined-topic.js'
import { type NetworkerLike, NetworkerTransport } from './transport/networker.js'
import type { Connection, Transport } from './transport/transport.js'

/** What a peer may cost, and who hears what was dropped. */
export interface PeersocketsOptions {
  /** The largest message sent or accepted, in bytes after encoding. Default: what the network carries. */
  maxMessageBytes?: number
  /** Bytes queued for a peer from which on `send` returns false. Default 65,536. */
  highWaterMark?: number
  /** Bytes queued for a peer above which `send` throws `ERR_PEER_CONGESTED`. Default 16,777,216. */
  maxQueuedBytes?: number
  /** Everything that was dropped or failed, on any topic; the same as the `reject` event. */
  onreject?(error: PeersocketsError, peer: Peer): void
}

/** What a `Peersockets` emits. */
export interface PeersocketsEvents {
  /** Something was dropped, or failed: what, and whose. */
  reject: [error: PeersocketsError, peer: Peer]
}

const CALL = 'new Peersockets(network, options)'

const OPTIONS: readonly (keyof PeersocketsOptions)[] = [
  'maxMessageBytes',
  'highWaterMark',
  'maxQueuedBytes',
  'onreject'
]
/** A joined topic whatever its messages are. */
type AnyJoinedTopic = Omit<JoinedTopic<never, unknown>, 'open' | 'release'>

/** Topics between the peers of one network. */
export class Peersockets extends EventEmitter<PeersocketsEvents> {
  // For CommonJS, where `require('peersockets')` gives this class and nothing beside it.
  static readonly defineTopic = defineTopic
  static readonly PeersocketsError = PeersocketsError

  readonly #transport: Transport
  readonly #limits: Limits
  readonly #peers: PeerDirectory
  readonly #topics = new Map<string, AnyJoinedTopic>()
  readonly #owner: TopicOwner
  readonly #onreject: PeersocketsOptions['onreject']
  readonly #rejected: Partial<Record<ErrorCode, number>> = {}
  readonly #past = { sent: 0, received: 0 }
  #stopped = false
  #complained = false

  /** Throws `ERR_INVALID_ARGUMENT`, and `ERR_INCOMPATIBLE_DEPENDENCY` when the network's own stack cannot work. */
  constructor(network: NetworkerLike | Transport, options: PeersocketsOptions = {}) {
    super()
    checkOptions(CALL, options, OPTIONS)
    checkCallbacks(CALL, options, ['onreject'])
    this.#limits = limitsOf(options)
    this.#onreject = options.onreject?.bind(options)
    // Before anything else of it, which another version may have made different.
    checkContract('transport', network)
    this.#transport = isTransport(network) ? network : new NetworkerTransport(network)
    this.#peers = new PeerDirectory(this.#transport)
    this.#owner = {
      limits: this.#limits,
      resolve: (peer, message, topic) => this.#peers.resolve(peer, message, topic),
      onempty: topic => this.#onempty(topic),
      onreject: (error, peer, hearers) => this.#report(error, peer, hearers),
      onfailure: error => {
        this.#count(error.code)
        this.#complain(error)
      }
    }
    this.#transport.start({
      onconnection: connection => this.#onconnection(connection),
      onclose: connection => this.#onclose(connection)
    })
  }

  /**
   * Joins a topic: raw bytes under a name, or a defined topic. Each call gives a handle of its own. Throws
   * `ERR_TOPIC_CONFLICT` when the name is joined as something else, `ERR_CLOSED` after `stop`, `ERR_INVALID_ARGUMENT`.
   */
  join(name: string, options?: JoinOptions<Buffer>): TopicHandle<Uint8Array | string, Buffer>
  join<Out, In>(topic: Topic<Out, In>, options?: JoinOptions<Out>): TopicHandle<In, Out>
  join<Out, In>(
    topic: string | Topic<Out, In>,
    options: JoinOptions<Out> & JoinOptions<Buffer> = {}
  ): TopicHandle<In, Out> | TopicHandle<Uint8Array | string, Buffer> {
    checkJoinOptions(options)
    if (topic instanceof Topic && options.private !== undefined) {
      const text = 'A defined topic says itself whether it is private: defineTopic({ private }).'
      throw new PeersocketsError('ERR_INVALID_ARGUMENT', text)
    }
    if (topic instanceof Topic) return this.#join(topic, options.name ?? topic.name, options)
    if (options.name !== undefined) {
      const text =
        'join(name) has no option `name`: it is for rooms of a defined topic, join(topic, { name }).'
      throw new PeersocketsError('ERR_INVALID_ARGUMENT', text)
    }
    return this.#join(options.private ? PRIVATE_RAW_TOPIC : PUBLIC_RAW_TOPIC, topic, options)
  }

  /** Closes every handle of the topic of that name, of every room of that definition, or of all topics. */
  leave(topic?: string | Topic<unknown, never>): void {
    const meant = (joined: AnyJoinedTopic): boolean =>
      topic === undefined || topic === joined.name || topic === joined.definition
    for (const joined of [...this.#topics.values()].filter(meant)) joined.close()
  }

  /**
   * Leaves every topic and lets go of the network, which stays up, as soon as what was accepted for sending has gone out.
   * Cannot be undone.
   */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    this.leave()
    if (this.#peers.size === 0) this.#transport.stop()
    for (const peer of [...this.#peers]) peer.retire(() => this.#dismiss(peer))
  }

  /** Counts since the start. */
  get stats(): Stats {
    let { sent, received } = this.#past
    const topics = new Map<string, TopicStats>()
    for (const [name, topic] of this.#topics) {
      topics.set(name, { sent: topic.sent, received: topic.received, rejected: topic.rejected })
      sent += topic.sent
      received += topic.received
    }
    return { connections: this.#peers.size, sent, received, rejected: { ...this.#rejected }, topics }
  }

  #join<In, Out>(
    definition: Topic<Out, In>,
    name: string | undefined,
    options: JoinOptions<Out>
  ): TopicHandle<In, Out> {
    checkTopicName(name)
    if (this.#stopped)
      throw new PeersocketsError('ERR_CLOSED', 'This Peersockets was stopped: make a new one.', {
        topic: name
      })
    const known = this.#topics.get(name)
    let joined: JoinedTopic<In, Out>
    if (known === undefined) {
      joined = new JoinedTopic(this.#owner, definition, name)
      this.#topics.set(name, joined)
      for (const peer of this.#peers) joined.onconnection(peer)
    } else if (isOf(known, definition)) joined = known
    else {
      const text = `Topic ${name} is joined already with another definition. Define it once, and join with that everywhere.`
      throw new PeersocketsError('ERR_TOPIC_CONFLICT', text, { topic: name })
    }
    const handle = joined.open(options)
    if (options.signal?.aborted) handle.close()
    return handle
  }

  #onempty(name: string): void {
    const topic = this.#topics.get(name)
    if (topic === undefined) return
    this.#topics.delete(name)
    this.#past.sent += topic.sent
    this.#past.received += topic.received
    topic.leave()
  }

  #dismiss(peer: PeerConnection): void {
    this.#peers.remove(peer)
    if (this.#stopped && this.#peers.size === 0) this.#transport.stop()
  }

  #onconnection(connection: Connection): void {
    if (this.#stopped) return
    const peer = new PeerConnection(connection, this.#limits, error =>
      this.#report(error, connection.peer, [])
    )
    this.#peers.add(peer)
    // In another order on each connection: otherwise two peers could tell by their places which topics are the same.
    for (const [name, topic] of shuffled([...this.#topics])) {
      // Whoever was told of one topic may have left another.
      if (this.#topics.get(name) === topic) topic.onconnection(peer)
    }
  }

  #onclose(connection: Connection): void {
    const peer = this.#peers.get(connection)
    if (peer === undefined) return
    this.#dismiss(peer)
    peer.close()
    for (const topic of this.#topics.values()) topic.ondisconnection(peer)
  }

  #report(error: PeersocketsError, peer: Peer, hearers: readonly RejectHearer[]): void {
    this.#count(error.code)
    let heard = false
    const onfailure = (cause: unknown): void => this.#onlistenerfailure(cause)
    for (const hearer of hearers) heard = hearer.onreject(error, peer, onfailure) || heard
    const onreject = this.#onreject
    if (onreject !== undefined) {
      heard = true
      contain(() => onreject(error, peer), onfailure)
    }
    // One by one instead of `emit`, which a listener that throws would end.
    for (const listener of this.rawListeners('reject')) {
      heard = true
      contain(() => listener.call(this, error, peer), onfailure)
    }
    if (!heard && error.code === 'ERR_HANDLER_FAILED') this.#complain(error)
  }

  #onlistenerfailure(cause: unknown): void {
    this.#count('ERR_HANDLER_FAILED')
    const text = `A reject listener failed: ${reasonOf(cause)}`
    this.#complain(new PeersocketsError('ERR_HANDLER_FAILED', text, { cause }))
  }

  /** A bug in the app that nobody else hears of. Once, because a peer decides how often it happens. */
  #complain(error: PeersocketsError): void {
    if (this.#complained) return
    this.#complained = true
    // What was thrown is printed with it, in the way that it asks for, which may fail as well.
    contain(
      () => console.error(error),
      () => console.error(error.message)
    )
  }

  #count(code: ErrorCode): void {
    this.#rejected[code] = (this.#rejected[code] ?? 0) + 1
  }
}

function shuffled<T>(items: readonly T[]): T[] {
  const keys = randomBytes(4 * items.length)
  const view = new DataView(keys.buffer, keys.byteOffset, keys.byteLength)
  return items
    .map((item, at) => ({ item, key: view.getUint32(4 * at) }))
    .sort((left, right) => left.key - right.key)
    .map(({ item }) => item)
}

function isOf<In, Out>(joined: AnyJoinedTopic, definition: Topic<Out, In>): joined is JoinedTopic<In, Out> {
  return joined.definition === definition
}

function isTransport(network: NetworkerLike | Transport): network is Transport {
  return network !== null && typeof network === 'object' && 'connectionOf' in network
}
