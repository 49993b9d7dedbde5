import { EventEmitter } from 'events'
import { callSafely } from './call-safely.js'
import { checkContract } from './contract.js'
import { endsWithin, timeoutOf } from './deadline.js'
import { PeersocketsError, refuse } from './errors.js'
import { type Inspection, inspectAll } from './inspect.js'
import { type Limits, limitsOf } from './limits.js'
import { checkCallbacks, checkOptions } from './options.js'
import type { Peer } from './plugin.js'
import { type RejectHearer, Reports } from './reports.js'
import type { PeerConnection } from './session/peer-connection.js'
import { PeerDirectory } from './session/peer-directory.js'
import { undelivered } from './session/send-errors.js'
import { shuffled } from './shuffled.js'
import { type Stats, statsOf } from './stats.js'
import {
  checkTopicName,
  defineTopic,
  PRIVATE_RAW_TOPIC,
  PUBLIC_RAW_TOPIC,
  Topic
} from './topic/definition.js'
import type { CloseOptions, TopicHandle } from './topic/handle.js'
import { checkJoinOptions, type JoinOptions } from './topic/join-options.js'
import { JoinedHandle } from './topic/joined-handle.js'
import { type AnyJoinedTopic, JoinedTopic, type TopicOwner } from './topic/joined-topic.js'
import { combine } from './transport/combine.js'
import { type Network, transportOf } from './transport/network.js'
import type { Connection, Transport } from './transport/transport.js'
import { BlockPool } from './wire/block-pool.js'

/** What a peer may cost, and who hears what was dropped. */
export interface PeersocketsOptions<P extends Peer = Peer> {
  /** The largest message sent or accepted, in bytes after encoding. Default: what the network carries. */
  maxMessageBytes?: number
  /** `send` returns false once this many bytes are queued for a peer; at most `maxQueuedBytes`. Default 65,536. */
  highWaterMark?: number
  /** `send` throws `ERR_PEER_CONGESTED` rather than queue more bytes for a peer. Default 16,777,216. */
  maxQueuedBytes?: number
  /** Everything that was dropped or failed, on any topic; the same as the `reject` event. */
  onreject?(error: PeersocketsError, peer: P): void
}

/** What a `Peersockets` emits. */
export interface PeersocketsEvents<P extends Peer = Peer> {
  /** Something was dropped, or failed: what, and whose. */
  reject: [error: PeersocketsError, peer: P]
}

/** Topics that are left together, and the connections that they were on. */
interface Closing<P extends Peer> {
  readonly left: Promise<unknown>[]
  readonly connections: Set<PeerConnection<P>>
}

const CALL = 'new Peersockets(network, options)'

const OPTIONS: readonly (keyof PeersocketsOptions)[] = [
  'maxMessageBytes',
  'highWaterMark',
  'maxQueuedBytes',
  'onreject'
]

/** Typed topics between the peers of a network. */
export class Peersockets<P extends Peer = Peer> extends EventEmitter<PeersocketsEvents<P>> {
  // For CommonJS, where `require('peersockets')` gives this class and nothing beside it.
  static readonly combine = combine
  static readonly defineTopic = defineTopic
  static readonly PeersocketsError = PeersocketsError

  readonly #transport: Transport<P>
  readonly #limits: Limits
  readonly #directory: PeerDirectory<P>
  readonly #pool = new BlockPool()
  readonly #topics = new Map<string, AnyJoinedTopic<P>>()
  readonly #owner: TopicOwner<P>
  readonly #hearer: RejectHearer<P>
  readonly #reports = new Reports()
  readonly #past = { sent: 0, received: 0 }
  /** What is being left together. */
  #closing: Closing<P> | undefined
  #stopped = false
  #stopping: Promise<void> | undefined

  /** Throws `ERR_INVALID_ARGUMENT`, and `ERR_INCOMPATIBLE_DEPENDENCY` when the network's own stack cannot work. */
  constructor(network: Network<P>, options: PeersocketsOptions<P> = {}) {
    super()
    checkOptions(CALL, options, OPTIONS)
    checkCallbacks(CALL, options, ['onreject'])
    this.#limits = limitsOf(options)
    // Before anything else of it, which another version may have made different.
    checkContract('transport', network)
    this.#transport = transportOf(network)
    this.#directory = new PeerDirectory(this.#transport)
    this.#hearer = { onreject: (error, peer, onfailure) => this.#hear(options, error, peer, onfailure) }
    this.#owner = {
      limits: this.#limits,
      directory: this.#directory,
      onempty: (topic, timeout) => this.#onempty(topic, timeout),
      onreject: (error, peer, hearers) => this.#reports.tell(error, peer, [...hearers, this.#hearer]),
      onfailure: error => this.#reports.complain(error)
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
  join(name: string, options?: JoinOptions<Buffer, P>): TopicHandle<Buffer, P>
  join<Message>(topic: Topic<Message>, options?: JoinOptions<Message, P>): TopicHandle<Message, P>
  join<Message>(
    topic: string | Topic<Message>,
    options: JoinOptions<Message, P> & JoinOptions<Buffer, P> = {}
  ): TopicHandle<Message, P> | TopicHandle<Buffer, P> {
    if (!(topic instanceof Topic) && typeof topic !== 'string') refuseTopic(topic)
    checkJoinOptions(options)
    if (topic instanceof Topic && options.private !== undefined)
      refuse('A defined topic says itself whether it is private: defineTopic({ private }).')
    if (topic instanceof Topic) return this.#join(topic, options.name ?? topic.name, options)
    if (options.name !== undefined)
      refuse('join(name) has no option `name`: it is for rooms of a defined topic, join(topic, { name }).')
    return this.#join(options.private ? PRIVATE_RAW_TOPIC : PUBLIC_RAW_TOPIC, topic, options)
  }

  /**
   * Closes every handle of the topic of that name, of every room of that definition, or of all topics, at once. Resolves when
   * what was accepted for sending has left the process and, where the peer can say so, has arrived; after `timeout` at most.
   * What had not gone by then is reported. Never rejects but for `ERR_INVALID_ARGUMENT`.
   */
  leave(options?: CloseOptions): Promise<void>
  leave(topic: string | Topic, options?: CloseOptions): Promise<void>
  async leave(
    ...args: readonly [first?: string | Topic | CloseOptions, second?: CloseOptions]
  ): Promise<void> {
    const [first, second] = args
    const isTopic = typeof first === 'string' || first instanceof Topic
    // A topic that could not be found, and is undefined, must not be all of them.
    if (args.length > 0 && first === undefined)
      refuse(
        'leave(topic, options) was given undefined as topic. To leave all topics, write leave() or leave(options).'
      )
    const topic = isTopic ? first : undefined
    const options = isTopic ? second : first
    const timeout = timeoutOf('leave(topic, options)', options === undefined ? {} : options)
    if (this.#stopping !== undefined) {
      await endsWithin(this.#stopping, timeout)
      return
    }
    const meant = (joined: AnyJoinedTopic<P>): boolean =>
      topic === undefined || topic === joined.name || topic === joined.definition
    await this.#leave([...this.#topics.values()].filter(meant), [], timeout)
  }

  /**
   * Leaves every topic, as `leave` does, and then lets go of the network, which stays up. Cannot be undone. After
   * `await sockets.stop()` the network may be closed without losing what was sent.
   */
  async stop(options: CloseOptions = {}): Promise<void> {
    const timeout = timeoutOf('stop(options)', options)
    this.#stopped = true
    this.#stopping ??= this.#stop(timeout)
    await this.#stopping
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  /** Counts since the start. */
  get stats(): Stats {
    return statsOf(this.#directory.size, this.#topics, this.#past, this.#reports.counts)
  }

  /** What is going on: peers, topics, who is in which, what waits. A snapshot of plain values, for tools and bug reports. */
  inspect(): Inspection {
    return inspectAll(this.#directory, this.#topics.values(), this.#reports)
  }

  #join<Message>(
    definition: Topic<Message>,
    name: string | undefined,
    options: JoinOptions<Message, P>
  ): TopicHandle<Message, P> {
    checkTopicName(name)
    if (this.#stopped) {
      const text = 'This Peersockets was stopped: make a new one.'
      throw new PeersocketsError('ERR_CLOSED', text, { topic: name })
    }
    const known = this.#topics.get(name)
    let joined: JoinedTopic<Message, P>
    if (known === undefined) {
      joined = new JoinedTopic(this.#owner, definition, name)
      // What is over before it begins, nobody else is told of.
      if (!options.signal?.aborted) this.#connect(joined)
    } else if (isOf(known, definition)) joined = known
    else {
      const text = `Topic ${name} is joined already with another definition. Define it once, and join with that everywhere.`
      throw new PeersocketsError('ERR_TOPIC_CONFLICT', text, { topic: name })
    }
    const handle = new JoinedHandle(joined, options)
    if (options.signal?.aborted) void handle.close()
    return handle
  }

  #connect(joined: AnyJoinedTopic<P>): void {
    this.#topics.set(joined.name, joined)
    for (const connection of this.#directory) joined.onconnection(connection)
  }

  async #onempty(topic: AnyJoinedTopic<P>, timeout: number): Promise<void> {
    const { name } = topic
    if (this.#topics.get(name) !== topic) return
    this.#topics.delete(name)
    this.#past.sent += topic.sent
    this.#past.received += topic.received
    const connections = topic.connections
      .filter(({ hasSpoken }) => hasSpoken)
      .map(({ connection }) => connection)
    const left = topic.leave()
    const closing = this.#closing
    if (closing === undefined) {
      if (left.length > 0 || connections.length > 0) await this.#finish(left, connections, timeout)
      return
    }
    closing.left.push(...left)
    for (const connection of connections) closing.connections.add(connection)
  }

  /** Leaves topics together, so that each connection is waited for, and reported, once. */
  async #leave(
    topics: readonly AnyJoinedTopic<P>[],
    connections: readonly PeerConnection<P>[],
    timeout: number
  ): Promise<void> {
    const outer = this.#closing
    const closing: Closing<P> = { left: [], connections: new Set(connections) }
    this.#closing = closing
    for (const topic of topics) void topic.close(timeout)
    this.#closing = outer
    // What topics that were left before still have to send is waited for as well.
    const before = connections.flatMap(({ leaving }) => [...leaving].map(({ finished }) => finished))
    await this.#finish([...closing.left, ...before], [...closing.connections], timeout)
  }

  /** Waits until topics that were left have sent all, and until that has arrived. */
  async #finish(
    left: readonly Promise<unknown>[],
    connections: readonly PeerConnection<P>[],
    timeout: number
  ): Promise<void> {
    const done = Promise.all(left).then(() =>
      Promise.all(connections.map(connection => connection.delivered()))
    )
    if (await endsWithin(done, timeout)) return
    // What is told of one peer is told once, however many connections it has.
    const queued = new Map<P, number>()
    for (const { remote, unsentBytes } of connections)
      queued.set(remote.peer, (queued.get(remote.peer) ?? 0) + unsentBytes)
    for (const connection of connections) connection.abandon(`${timeout} milliseconds had passed`)
    for (const [peer, bytes] of queued)
      if (bytes > 0) this.#owner.onreject(undelivered(bytes, timeout), peer, [])
  }

  async #stop(timeout: number): Promise<void> {
    await this.#leave([...this.#topics.values()], [...this.#directory], timeout)
    for (const connection of [...this.#directory]) {
      this.#directory.remove(connection)
      connection.close()
    }
    this.#transport.stop()
  }

  #onconnection(connection: Connection<P>): void {
    if (this.#stopped) return
    const added = this.#directory.add(connection, this.#limits, this.#pool, {
      onviolation: (error, { remote }) => this.#owner.onreject(error, remote.peer, []),
      onsynced: from => {
        for (const topic of [...this.#topics.values()]) topic.hint(from)
      },
      onpublicname: (name, from) => this.#topics.get(name)?.hint(from)
    })
    // In another order on each connection: otherwise two peers could tell by their places which topics are the same.
    for (const [name, topic] of shuffled([...this.#topics])) {
      // An app that is told of one topic may leave another.
      if (this.#topics.get(name) === topic) topic.onconnection(added)
    }
  }

  #onclose(connection: Connection<P>): void {
    const known = this.#directory.get(connection)
    if (known === undefined) return
    this.#directory.remove(known)
    known.close()
    for (const topic of this.#topics.values()) topic.ondisconnection(known)
  }

  /** The options of the constructor, and the listeners of `reject`. */
  #hear(
    options: PeersocketsOptions<P>,
    error: PeersocketsError,
    peer: P,
    onfailure: (cause: unknown) => void
  ): boolean {
    const { onreject } = options
    if (onreject !== undefined) callSafely(() => onreject.call(options, error, peer), onfailure)
    // One by one instead of `emit`, which a listener that throws would end.
    const listeners = this.rawListeners('reject')
    for (const listener of listeners) callSafely(() => listener.call(this, error, peer), onfailure)
    return onreject !== undefined || listeners.length > 0
  }
}

function refuseTopic(topic: unknown): never {
  const isOptions = typeof topic === 'object' && topic !== null && !Array.isArray(topic)
  refuse(
    isOptions
      ? 'join(topic, options) takes the topic first: its name, or what defineTopic made.'
      : 'join(topic, options) takes as `topic` its name, or what defineTopic made.'
  )
}

function isOf<Message, P extends Peer>(
  joined: AnyJoinedTopic<P>,
  definition: Topic<Message>
): joined is JoinedTopic<Message, P> {
  return joined.definition === definition
}
