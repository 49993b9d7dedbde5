import type { Peer } from '../plugin.js'
import type { ConnectedTopic } from '../session/connected-topic.js'
import type { PeerConnection, RemotePeer } from '../session/peer-connection.js'

/**
 * Who is in a topic. A peer is its public key: it comes with the first of its connections that is in the topic, and goes with the
 * last, however many there are in between.
 */
export class Presence<P extends Peer> {
  #topics: readonly ConnectedTopic<P>[] = []
  // Both are kept once somebody has asked for them: there may be very many topics.
  #byConnection: Map<PeerConnection<P>, ConnectedTopic<P>> | undefined
  #peers: Set<P> | undefined

  /** The topic on each connection, the oldest first. Replaced, never changed in place. */
  get topics(): readonly ConnectedTopic<P>[] {
    return this.#topics
  }

  /** A live view. */
  get peers(): ReadonlySet<P> {
    this.#peers ??= new Set(this.list())
    return this.#peers
  }

  list(): P[] {
    const present = this.#topics.filter(topic => topic.present)
    return [...new Set(present.map(topic => topic.connection.remote.peer))]
  }

  of(connection: PeerConnection<P>): ConnectedTopic<P> | undefined {
    this.#byConnection ??= new Map(this.#topics.map(topic => [topic.connection, topic]))
    return this.#byConnection.get(connection)
  }

  /** One for each peer that is there: on the newest of its connections that is in the topic. */
  newest(): readonly ConnectedTopic<P>[] {
    return this.#topics.filter(
      topic => topic.present && (hasOne(topic) || this.#newestOf(topic.connection.remote) === topic)
    )
  }

  /** Where a message to a peer goes: on its newest connection, unless it is known not to be in the topic on that. */
  route(remote: RemotePeer<P>): ConnectedTopic<P> | undefined {
    // One nearly always.
    const [only, another] = remote.connections
    if (only !== undefined && another === undefined) return this.of(only)
    const topics = remote.connections
      .map(connection => this.of(connection))
      .filter(topic => topic !== undefined)
    return topics.findLast(({ readiness }) => readiness !== 'absent') ?? topics.at(-1)
  }

  /** Gives whether its peer is in the topic, and was not before. */
  add(topic: ConnectedTopic<P>): boolean {
    // For one, which is what most have, a list costs less so than by `concat`.
    this.#topics = this.#topics.length === 0 ? [topic] : this.#topics.concat(topic)
    this.#byConnection?.set(topic.connection, topic)
    return this.change(topic) === 'joined'
  }

  /** Gives whether its peer was in the topic, and is not any more. */
  remove(topic: ConnectedTopic<P>): boolean {
    this.#topics = this.#topics.filter(other => other !== topic)
    this.#byConnection?.delete(topic.connection)
    if (!topic.present || !this.#isAlone(topic)) return false
    this.#peers?.delete(topic.connection.remote.peer)
    return true
  }

  /** What it means for a peer that its presence on one connection has changed; undefined: nothing, because of another one. */
  change(topic: ConnectedTopic<P>): 'joined' | 'left' | undefined {
    const { peer } = topic.connection.remote
    if (!this.#isAlone(topic)) return undefined
    if (topic.present) {
      this.#peers?.add(peer)
      return 'joined'
    }
    this.#peers?.delete(peer)
    return 'left'
  }

  /** Empties it, and gives what was in it. */
  clear(): readonly ConnectedTopic<P>[] {
    const topics = this.#topics
    this.#topics = []
    this.#byConnection?.clear()
    this.#peers?.clear()
    return topics
  }

  /** Whether no other connection of its peer is in the topic. */
  #isAlone(topic: ConnectedTopic<P>): boolean {
    if (hasOne(topic)) return true
    const { remote } = topic.connection
    return !this.#topics.some(other => other !== topic && other.present && other.connection.remote === remote)
  }

  #newestOf(remote: RemotePeer<P>): ConnectedTopic<P> | undefined {
    return this.#topics.findLast(topic => topic.present && topic.connection.remote === remote)
  }
}

/** Whether its connection is the only one to its peer, as nearly always. */
function hasOne<P extends Peer>({ connection }: ConnectedTopic<P>): boolean {
  const { connections } = connection.remote
  return connections.length === 0 || (connections.length === 1 && connections[0] === connection)
}
