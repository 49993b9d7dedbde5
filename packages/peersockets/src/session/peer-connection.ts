import type { PeersocketsError } from '../errors.js'
import type { Limits } from '../limits.js'
import { Backlog } from '../pipeline/backlog.js'
import type { Connection } from '../transport/transport.js'
import { PrivateWire } from '../wire/private-wire.js'
import { type SessionUser, TopicSession } from './topic-session.js'

/** One connection with the sessions of every topic on it, and what all of them together have waiting. */
export class PeerConnection {
  /** What has not reached the network yet. */
  readonly outgoing = new Backlog(() => this.#onless())
  /** What waits in middleware on the way in. */
  readonly incoming = new Backlog()
  readonly privateWire: PrivateWire
  readonly #onviolation: (error: PeersocketsError) => void
  readonly #sessions = new Map<string, TopicSession>()
  #waiting: (() => void)[] = []
  /** Whether the connection will tell when bytes have left. */
  #watching = false
  #onretired: (() => void) | undefined
  #ended = false

  constructor(
    readonly connection: Connection,
    readonly limits: Limits,
    onviolation: (error: PeersocketsError) => void
  ) {
    this.#onviolation = onviolation
    this.privateWire = PrivateWire.acquire(connection, onviolation)
  }

  /** Bytes that were sent to this peer and have not left the process. */
  get queuedBytes(): number {
    return this.outgoing.bytes + this.privateWire.pendingBytes + this.connection.queuedBytes
  }

  /**
   * The session of a topic. One with middleware outlives the topic, so that a topic that is joined again goes on with
   * its counters; one without has nothing to keep.
   */
  session(user: SessionUser): TopicSession {
    let session = this.#sessions.get(user.name)
    if (session === undefined) {
      session = new TopicSession(this, user)
      this.#sessions.set(user.name, session)
    }
    return session
  }

  /** The session of a topic, while that is joined here. */
  sessionOf(user: SessionUser): TopicSession | undefined {
    const session = this.#sessions.get(user.name)
    return session?.serves(user) ? session : undefined
  }

  /** The session of that topic is over. */
  forget({ topic }: TopicSession): void {
    this.#sessions.delete(topic)
    this.#finish()
  }

  /** Resolves when less than `highWaterMark` waits for the peer, and when the connection is gone, or let go of. */
  async drained(): Promise<void> {
    while (!this.#ended && this.queuedBytes >= this.limits.highWaterMark) {
      await new Promise<void>(resolve => {
        this.#waiting.push(resolve)
        this.#watch()
      })
    }
  }

  /** Lets go of a connection that stays up, and calls back once what was accepted for sending has gone out. */
  retire(onretired: () => void): void {
    this.#ended = true
    this.#onretired = onretired
    for (const session of [...this.#sessions.values()]) session.retire()
    this.#finish()
    this.#onless()
  }

  /** The connection is gone. */
  close(): void {
    this.#ended = true
    for (const session of this.#sessions.values()) session.destroy()
    this.#sessions.clear()
    this.privateWire.release(this.#onviolation)
    this.#onless()
  }

  /** After letting go: what is left to do once no session has anything to send. */
  #finish(): void {
    const onretired = this.#onretired
    if (onretired === undefined || this.#sessions.size > 0) return
    this.#onretired = undefined
    this.privateWire.release(this.#onviolation)
    onretired()
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

  /** Some of what waited has gone: whoever waits for that looks again. */
  #onless(): void {
    const waiting = this.#waiting
    if (waiting.length === 0) return
    this.#waiting = []
    for (const wake of waiting) wake()
  }
}
