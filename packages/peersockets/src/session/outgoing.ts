import type { Backlog } from '../pipeline/backlog.js'
import type { SessionChannel } from '../wire/session-channel.js'
import { listOf, type Several, withOne, withoutOne } from '../wire/several.js'
import { PendingMessages } from './pending-messages.js'
import { ProgressTimeout } from './progress-timeout.js'
import { TopicSession } from './topic-session.js'

/**
 * The way out of a topic on one connection, from when something is said: its sessions, what waits for the peer to say whether it
 * is there, and who waits until all has gone.
 */
export class Outgoing {
  #sessions: Several<TopicSession>
  #pending: PendingMessages | undefined
  #finished: Promise<void> | undefined
  #finish: () => void = () => undefined
  #timeout: ProgressTimeout | undefined

  /** Whether something waits for the peer. */
  get holding(): boolean {
    return this.#pending !== undefined
  }

  /** Whether nothing is left to send. */
  get idle(): boolean {
    return this.#pending === undefined && listOf(this.#sessions).every(({ sender }) => sender.idle)
  }

  /** Whether somebody waits until nothing is left to send. */
  get awaited(): boolean {
    return this.#finished !== undefined
  }

  add(session: TopicSession): void {
    this.#sessions = withOne(this.#sessions, session)
  }

  /** Ends the session on `channel`. Gives the values of what it had to send. */
  remove(channel: SessionChannel): readonly unknown[] {
    const session = listOf(this.#sessions).find(other => other.channel === channel)
    if (session === undefined) return []
    this.#sessions = withoutOne(this.#sessions, session)
    return session.close()
  }

  /** Sends a message in every session; see {@link Sender.enqueue}. */
  enqueue(message: Buffer, value: unknown, frame: Buffer | undefined): void {
    const sessions = this.#sessions
    // One nearly always.
    if (sessions instanceof TopicSession) sessions.sender.enqueue(message, value, frame)
    else for (const { sender } of listOf(sessions)) sender.enqueue(message, value, frame)
  }

  /** Keeps a message until the peer has said whether it is there; `onoverdue`: it has not for too long. */
  hold(message: Buffer, value: unknown, backlog: Backlog, onoverdue: () => void): void {
    this.#pending ??= new PendingMessages(backlog, onoverdue)
    this.#pending.hold(message, value)
  }

  /** Gives up what was held, the oldest first. It is held until all has gone: to be told of one may make an app leave. */
  release(take: (message: Buffer, value: unknown) => void): void {
    this.#pending?.release(take)
    this.#pending = undefined
  }

  /** Sends what waits for the end of the tick. */
  flush(): void {
    for (const { sender } of listOf(this.#sessions)) sender.flush()
  }

  /** Nothing is delivered any more; what is to be sent still goes out. */
  stopReceiving(): void {
    for (const session of listOf(this.#sessions)) session.stopReceiving()
    this.flush()
  }

  /** Resolves when nothing is left to send. */
  wait(): Promise<void> {
    this.#finished ??= new Promise(resolve => {
      this.#finish = resolve
    })
    return this.#finished
  }

  /** Calls `onexpire` when what is left makes no progress. */
  limit(onexpire: () => void): void {
    const progress = () => listOf(this.#sessions).reduce((sum, { sender }) => sum + sender.progress, 0)
    this.#timeout = new ProgressTimeout(progress, onexpire)
  }

  /** Those who wait wait no more. */
  finish(): void {
    this.#timeout?.end()
    this.#timeout = undefined
    this.#finished = undefined
    this.#finish()
  }

  /** Sends nothing more. Gives the values of what it drops. */
  close(): readonly unknown[] {
    const dropped: unknown[] = []
    this.release((_message, value) => dropped.push(value))
    const sessions = listOf(this.#sessions)
    this.#sessions = undefined
    for (const session of sessions) dropped.push(...session.close())
    return dropped
  }
}
