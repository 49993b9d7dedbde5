import type { Limits } from '../limits.js'
import type { Backlog } from '../pipeline/lane.js'
import type { Connection } from '../transport/transport.js'
import { TopicSession } from './topic-session.js'

/** One connection with the sessions of every topic on it, and what all of them together have waiting. */
export class PeerConnection {
  /** What waits in middleware on the way out, and on the way in. */
  readonly outgoing: Backlog = { bytes: 0 }
  readonly incoming: Backlog = { bytes: 0 }
  readonly #sessions = new Map<string, TopicSession>()
  #waiting: (() => void)[] = []
  #closed = false

  constructor(
    readonly connection: Connection,
    readonly limits: Limits
  ) {}

  /** Bytes that were sent to this peer and have not left the process. */
  get queuedBytes(): number {
    return this.outgoing.bytes + this.connection.queuedBytes
  }

  /**
   * The session of a topic. One with middleware outlives the topic, so that a topic that is joined again goes on with
   * its counters; one without has nothing to keep.
   */
  session(topic: string): TopicSession {
    let session = this.#sessions.get(topic)
    if (session === undefined) {
      session = new TopicSession(this, topic, () => this.#sessions.delete(topic))
      this.#sessions.set(topic, session)
    }
    return session
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

  /** Lets go of a connection that stays up. */
  retire(): void {
    for (const session of this.#sessions.values()) session.retire()
    this.ondrained()
  }

  /** The connection is gone. */
  close(): void {
    this.#closed = true
    for (const session of this.#sessions.values()) session.destroy()
    this.#sessions.clear()
    this.ondrained()
  }
}
