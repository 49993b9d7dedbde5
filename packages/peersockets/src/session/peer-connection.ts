import type { PeersocketsError } from '../errors.js'
import type { Limits } from '../limits.js'
import type { Backlog } from '../pipeline/lane.js'
import type { Connection } from '../transport/transport.js'
import { PrivateWire } from '../wire/private-wire.js'
import { TopicSession } from './topic-session.js'

/** One connection with the sessions of every topic on it, and what all of them together have waiting. */
export class PeerConnection {
  /** What waits in middleware on the way out, and on the way in. */
  readonly outgoing: Backlog = { bytes: 0 }
  readonly incoming: Backlog = { bytes: 0 }
  readonly privateWire: PrivateWire
  readonly #onviolation: (error: PeersocketsError) => void
  readonly #sessions = new Map<string, TopicSession>()
  readonly #unflushed = new Set<TopicSession>()
  #waiting: (() => void)[] = []
  #retiring = false
  #closed = false

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
  session(topic: string): TopicSession {
    let session = this.#sessions.get(topic)
    if (session === undefined) {
      session = new TopicSession(this, topic, () => this.#forget(topic))
      this.#sessions.set(topic, session)
    }
    return session
  }

  /** Flushes the session's batch when the current tick is over, and all frames of the tick in one packet. */
  atEndOfTick(session: TopicSession): void {
    this.#unflushed.add(session)
    if (this.#unflushed.size > 1) return
    queueMicrotask(() => {
      const sessions = [...this.#unflushed]
      this.#unflushed.clear()
      for (const unflushed of sessions) unflushed.flush()
      this.privateWire.flush()
    })
  }

  /** Resolves when less than `highWaterMark` waits for the peer, and when the connection is gone. */
  async drained(): Promise<void> {
    while (!this.#closed && this.queuedBytes >= this.limits.highWaterMark) {
      await new Promise<void>(resolve => {
        this.#waiting.push(resolve)
        this.connection.ondrain(() => this.ondrained())
      })
    }
  }

  /** Some of what waited has gone: whoever waits for that looks again. */
  ondrained(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }

  /** Lets go of a connection that stays up, once what was accepted for sending has gone out. */
  retire(): void {
    this.#retiring = true
    for (const session of [...this.#sessions.values()]) session.retire()
    if (this.#sessions.size === 0) this.privateWire.release(this.#onviolation)
    this.ondrained()
  }

  #forget(topic: string): void {
    this.#sessions.delete(topic)
    if (this.#retiring && this.#sessions.size === 0) this.privateWire.release(this.#onviolation)
  }

  /** The connection is gone. */
  close(): void {
    this.#closed = true
    for (const session of this.#sessions.values()) session.destroy()
    this.#sessions.clear()
    this.privateWire.release(this.#onviolation)
    this.ondrained()
  }
}
