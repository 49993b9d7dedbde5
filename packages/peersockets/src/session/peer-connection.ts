import type { PeersocketsError } from '../errors.js'
import type { Limits } from '../limits.js'
import { Backlog } from '../pipeline/backlog.js'
import type { Peer } from '../plugin.js'
import type { Connection } from '../transport/transport.js'
import type { BlockPool } from '../wire/block-pool.js'
import { PrivateWire, type WireUser } from '../wire/private-wire.js'
import { PUBLIC_PREFIX } from '../wire/public-topic.js'
import { isBehind } from './backpressure.js'

/** A topic that was left, while something of it is still on its way out. */
interface LeavingTopic {
  readonly topic: string
  readonly finished: Promise<void>
  abandon(occasion: string): void
  destroy(): void
}

/** A peer, which is its public key, and its connections: one nearly always, two for a while after a reconnect. */
export interface RemotePeer<P extends Peer> {
  /** That of the first connection: one object for as long as any is up. */
  readonly peer: P
  /** The oldest first. Replaced, never changed in place. */
  connections: readonly PeerConnection<P>[]
}

/** What a connection tells besides what concerns a topic. None of these may throw. */
export interface ConnectionEvents<P extends Peer> {
  /** The peer broke a rule of the wire. */
  onviolation(error: PeersocketsError, connection: PeerConnection<P>): void
  /** The peer has told all private topics that it is in. */
  onsynced(connection: PeerConnection<P>): void
  /** The peer is in the public topic of that name. */
  onpublicname(name: string, connection: PeerConnection<P>): void
}

/** Names of public topics that are remembered of a peer, of 1,024 bytes each at most. */
const MAX_PUBLIC_NAMES = 256

/** One connection, what all topics on it have waiting together, and who waits for that to go. */
export class PeerConnection<P extends Peer> {
  /** What has not reached the network yet. */
  readonly outgoing = new Backlog(() => this.#onless())
  /** What waits in middleware on the way in. */
  readonly incoming = new Backlog()
  readonly privateWire: PrivateWire
  readonly leaving = new Set<LeavingTopic>()
  warned = false
  readonly #wireUser: WireUser
  /** Names of public topics that the peer has announced. */
  readonly #publicNames = new Set<string>()
  #waiting: (() => void)[] = []
  /** What those who ask in this tick wait for. */
  #delivery: Promise<void> | undefined
  /** Whether the connection will tell when bytes have left. */
  #watching = false
  #ended = false

  constructor(
    readonly connection: Connection<P>,
    readonly remote: RemotePeer<P>,
    readonly limits: Limits,
    readonly pool: BlockPool,
    events: ConnectionEvents<P>
  ) {
    this.privateWire = PrivateWire.of(connection, pool)
    this.#wireUser = {
      onviolation: error => events.onviolation(error, this),
      onsynced: () => events.onsynced(this)
    }
    this.privateWire.acquire(this.#wireUser)
    connection.onannounce(protocol => {
      if (this.#ended || !protocol.startsWith(PUBLIC_PREFIX)) return
      const name = protocol.slice(PUBLIC_PREFIX.length)
      if (this.#publicNames.size < MAX_PUBLIC_NAMES) this.#publicNames.add(name)
      events.onpublicname(name, this)
    })
  }

  /** Whether the peer is in a topic of that name that is public where ours is private, or the other way round. */
  isOnOtherWire(name: string, isPrivate: boolean): boolean {
    return isPrivate ? this.#publicNames.has(name) : this.privateWire.hasOpen(name)
  }

  /** Bytes that were sent to this peer and have not left the process. */
  get queuedBytes(): number {
    return this.outgoing.bytes + this.unsentBytes
  }

  /** Those of them that have got as far as the network. */
  get unsentBytes(): number {
    return this.privateWire.pendingBytes + this.connection.queuedBytes
  }

  /** The topic of that name that was left last, while something of it is still on its way out. */
  leavingTopic(name: string): LeavingTopic | undefined {
    return [...this.leaving].findLast(({ topic }) => topic === name)
  }

  /** Resolves when less than `highWaterMark` waits for the peer, and when the connection is gone, or let go of. */
  async drained(): Promise<void> {
    while (!this.#ended && isBehind(this)) {
      await new Promise<void>(resolve => {
        this.#waiting.push(resolve)
        this.#watch()
      })
    }
    this.warned = false
  }

  /**
   * Resolves when what was sent before has left the process and, where the peer can say so, has arrived; or when the connection
   * is gone.
   */
  delivered(): Promise<void> {
    this.#delivery ??= this.#deliver()
    return this.#delivery
  }

  async #deliver(): Promise<void> {
    // Those who ask in one tick, because they leave many topics, share one answer.
    await Promise.resolve()
    this.#delivery = undefined
    if (this.#ended) return
    this.privateWire.flush()
    // What a transport holds back for now leaves behind what is sent later: so the question is asked when all has left.
    await this.connection.flush()
    const answer = this.privateWire.ping()
    this.privateWire.flush()
    await answer
  }

  /** Gives up on what topics that were left still have to send. */
  abandon(occasion: string): void {
    for (const topic of [...this.leaving]) topic.abandon(occasion)
  }

  /** Lets go of the connection, which stays up unless it is gone already. */
  close(): void {
    if (this.#ended) return
    this.#ended = true
    for (const topic of [...this.leaving]) topic.destroy()
    this.privateWire.release(this.#wireUser)
    this.#onless()
  }

  /** At most one callback at a time, however often and for whatever reason those who wait look again. */
  #watch(): void {
    if (this.#watching) return
    this.#watching = true
    this.connection.ondrain(() => {
      this.#watching = false
      this.#onless()
    })
  }

  /** Some of what waited has gone: those who wait for that look again. */
  #onless(): void {
    const waiting = this.#waiting
    if (waiting.length === 0) return
    this.#waiting = []
    for (const wake of waiting) wake()
  }
}
