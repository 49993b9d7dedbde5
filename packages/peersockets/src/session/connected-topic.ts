import { located, PeersocketsError } from '../errors.js'
import type { Peer } from '../plugin.js'
import { PublicTopic } from '../wire/public-topic.js'
import { SequenceWriter } from '../wire/sequence.js'
import { listOf, type Several, withOne, withoutOne } from '../wire/several.js'
import type { FrameReceiver, SessionChannel, TopicChannel, TopicMember } from '../wire/topic-channel.js'
import { absent } from '../wire/wire-errors.js'
import { checkCongestion, isBehind, isKeepingUp } from './backpressure.js'
import type { PeerConnection } from './peer-connection.js'
import { PendingMessages } from './pending-messages.js'
import { LEAVE_TIMEOUT_MS, ProgressTimeout } from './progress-timeout.js'
import { abandoned, tooLarge, unopened } from './send-errors.js'
import type { TopicConfig } from './topic-config.js'
import { TopicSession } from './topic-session.js'

/** A joined topic, and what it hears of one connection. None of what is called may throw. */
export interface TopicUser<P extends Peer> {
  readonly name: string
  readonly definition: TopicConfig
  /** A message has passed every layer. */
  onmessage(message: Buffer, from: ConnectedTopic<P>): void
  /** Something that the peer sent was dropped. */
  onreject(error: PeersocketsError, from: ConnectedTopic<P>): void
  /** Something failed on our side, or a message of ours was dropped, after `send` had returned. */
  onfailure(error: PeersocketsError, from: ConnectedTopic<P>): void
  /** `present` has changed. */
  onpresence(from: ConnectedTopic<P>): void
}

/**
 * A topic that is joined, on one connection. There may be very many, on which nothing is said: what is not needed until
 * something is comes into being then.
 */
export class ConnectedTopic<P extends Peer> implements TopicMember, FrameReceiver {
  /** Whether the peer is in the topic, as far as the user was told. */
  present = false
  #state: 'opening' | 'queued' | 'joined' | 'leaving' | 'left' = 'opening'
  #channel: TopicChannel | undefined
  /** Why the topic could not be opened. */
  #obstacle: PeersocketsError | undefined
  #sessions: Several<TopicSession>
  /** Sessions of a topic without middleware in which nothing was said yet. */
  #silent: Several<SessionChannel>
  #pending: PendingMessages | undefined
  #leaving: Leaving | undefined
  /** Who waits until nothing is left to send. */
  #waiting: (() => void)[] | undefined

  constructor(
    readonly connection: PeerConnection<P>,
    readonly user: TopicUser<P>
  ) {}

  get topic(): string {
    return this.user.name
  }

  get pipelineId(): string {
    return this.user.definition.pipelineId
  }

  secret(): Buffer | undefined {
    return this.user.definition.secret()
  }

  get readiness(): 'ready' | 'waiting' | 'absent' {
    return this.#channel?.readiness ?? (this.#state === 'queued' ? 'waiting' : 'absent')
  }

  /** The pipeline of a peer that is in the topic with another one. */
  get remotePipelineId(): string | undefined {
    return this.#channel?.remotePipelineId
  }

  /** Whether something was said to the peer, or may have been: outsiders need not be asked whether it has arrived. */
  get hasSpoken(): boolean {
    return this.#sessions !== undefined || this.#pending !== undefined
  }

  /** Resolves once nothing of a topic that was left is on its way out. */
  get finished(): Promise<void> {
    return this.#leaving?.finished ?? FINISHED
  }

  /**
   * Joins the topic on this connection. What keeps it from that is reported soon, and thrown from every `send`. If the topic was
   * left and something of it is still on its way out, it waits for that: messages go in the order of `send`.
   */
  open(): void {
    const predecessor = this.connection.leavingTopic(this.topic)
    if (predecessor === undefined) {
      this.#open('joined')
      this.present = this.#channel?.present ?? false
      return
    }
    this.#state = 'queued'
    void predecessor.finished.then(() => {
      if (this.#state === 'left') return
      this.#open(this.#state === 'leaving' ? 'leaving' : 'joined')
      this.onpresence()
      this.ondecided()
      this.#onprogress()
    })
  }

  #open(next: 'joined' | 'leaving'): void {
    const { connection, privateWire } = this.connection
    this.#state = 'opening'
    try {
      this.#channel = this.user.definition.private
        ? privateWire.open(this)
        : new PublicTopic(connection, this)
    } catch (cause) {
      this.#fail(PeersocketsError.is(cause) ? cause : unopened(this.topic, cause))
    }
    if (this.#obstacle !== undefined) this.#channel = undefined
    this.#state = next
  }

  /**
   * Sends one message to the peer; `value` is what the app gave for it, and `frame` that of a batch of it alone, if it is known.
   * Throws what is known by now: that the peer is absent or congested, that the message is too large, what middleware throws.
   * Gives whether the peer keeps up, which `send` tells its caller, and a broadcast nobody.
   */
  enqueue(message: Buffer, value: unknown, frame?: Buffer, by: 'send' | 'broadcast' = 'send'): boolean {
    const { readiness } = this
    if (readiness === 'absent') throw this.#absence()
    const { maxFrameBytes } = this.#channel ?? this.connection.connection
    const length = this.user.definition.batch ? SequenceWriter.cost(message.length) : message.length
    if (length > maxFrameBytes) throw tooLarge(this.topic, length, maxFrameBytes)
    checkCongestion(this.connection, message.length, this.topic, by)
    if (readiness === 'waiting') this.#hold(message, value)
    else this.#dispatch(message, value, frame)
    return by === 'broadcast' ? !isBehind(this.connection) : isKeepingUp(this.connection)
  }

  /** Resolves when what was accepted for sending has left the process and, where the peer can say so, has arrived. */
  async delivered(): Promise<void> {
    this.flush()
    if (!this.#isDone()) {
      await new Promise<void>(resolve => {
        this.#waiting = [...(this.#waiting ?? []), resolve]
      })
    }
    await this.connection.delivered()
  }

  /** Sends what waits for the end of the tick. */
  flush(): void {
    for (const { sender } of listOf(this.#sessions)) sender.flush()
    this.connection.privateWire.flush()
  }

  /**
   * Leaves the topic: nothing is delivered from here on. What was accepted for sending still goes out, as long as it makes
   * progress. Resolves when it has, or was reported as dropped.
   */
  leave(): Promise<void> {
    this.#state = 'leaving'
    this.present = false
    for (const session of listOf(this.#sessions)) {
      session.stopReceiving()
      session.sender.flush()
    }
    if (this.#isDone()) {
      this.#end()
      return FINISHED
    }
    this.#leaving = leaving(
      () => this.#progress(),
      () => this.abandon(`in ${LEAVE_TIMEOUT_MS / 1000} seconds the middleware made no progress`)
    )
    this.connection.leaving.add(this)
    return this.#leaving.finished
  }

  /** After leaving: gives up on what has not gone out; `occasion` says why, in words. */
  abandon(occasion: string): void {
    const dropped: unknown[] = []
    this.#pending?.release((_message, value) => dropped.push(value))
    this.#pending = undefined
    const sessions = listOf(this.#sessions)
    this.#sessions = undefined
    for (const session of sessions) dropped.push(...session.close())
    this.#end()
    if (dropped.length > 0) this.user.onfailure(abandoned(this.topic, occasion, dropped), this)
  }

  /** The connection is gone, and with it what was on its way. */
  destroy(): void {
    this.#channel = undefined
    this.#pending?.release(() => undefined)
    this.#pending = undefined
    this.#end()
  }

  onsession(channel: SessionChannel): FrameReceiver | undefined {
    if (this.user.definition.middleware.length === 0) {
      this.#silent = withOne(this.#silent, channel)
      return this
    }
    try {
      return this.#begin(channel)
    } catch (error) {
      if (!PeersocketsError.is(error)) throw error
      this.#channel = undefined
      this.#fail(error)
      return undefined
    }
  }

  onsessionend(channel: SessionChannel): void {
    this.#silent = withoutOne(this.#silent, channel)
    const session = listOf(this.#sessions).find(other => other.channel === channel)
    if (session === undefined) return
    this.#sessions = withoutOne(this.#sessions, session)
    const dropped = session.close()
    if (dropped.length > 0) this.onfailure(located(absent(this.topic), this.topic, dropped))
    this.#onprogress()
  }

  onpresence(): void {
    if (this.readiness === 'ready') this.#release()
    const present = this.#channel?.present ?? false
    if (this.#state !== 'joined' || present === this.present) return
    this.present = present
    this.user.onpresence(this)
  }

  ondecided(): void {
    if (this.readiness === 'absent') this.#reject()
  }

  onfailure(error: PeersocketsError): void {
    // An app that is told of it inside `join` has no handle yet.
    if (this.#state === 'opening') queueMicrotask(() => this.user.onfailure(error, this))
    else this.user.onfailure(error, this)
  }

  /** The first frame of a session in which nothing was said until now. */
  receive(frame: Buffer, channel: SessionChannel): void {
    if (this.#state !== 'joined') return
    this.#wake()
    channel.receiver?.receive(frame, channel)
  }

  #dispatch(message: Buffer, value: unknown, frame: Buffer | undefined): void {
    this.#wake()
    const sessions = this.#sessions
    // One nearly always.
    if (sessions instanceof TopicSession) sessions.sender.enqueue(message, value, frame)
    else for (const { sender } of listOf(sessions)) sender.enqueue(message, value, frame)
  }

  /** Something is said in sessions that were silent. */
  #wake(): void {
    if (this.#silent === undefined) return
    const channels = listOf(this.#silent)
    this.#silent = undefined
    for (const channel of channels) channel.receiver = this.#begin(channel)
  }

  #begin(channel: SessionChannel): TopicSession {
    const { user } = this
    const session = new TopicSession(channel, user.name, user.definition, this.connection, {
      onmessage: message => user.onmessage(message, this),
      incoming: {
        ondropped: error => {
          if (this.#state === 'joined') user.onreject(error, this)
        },
        onidle: () => undefined
      },
      outgoing: { ondropped: error => this.onfailure(error), onidle: () => this.#onprogress() }
    })
    this.#sessions = withOne(this.#sessions, session)
    return session
  }

  #fail(obstacle: PeersocketsError): void {
    this.#obstacle = located(obstacle, this.topic)
    this.onfailure(this.#obstacle)
    this.#reject()
  }

  #absence(): PeersocketsError {
    return this.#obstacle ?? this.#channel?.absence() ?? absent(this.topic)
  }

  #hold(message: Buffer, value: unknown): void {
    this.#pending ??= new PendingMessages(this.connection.outgoing, () => this.#reject())
    this.#pending.hold(message, value)
  }

  /** The peer is there: what was held goes. */
  #release(): void {
    const pending = this.#pending
    if (pending === undefined) return
    // Here until all have gone: an app that is told of one that cannot go may leave the topic.
    pending.release((message, value) => {
      try {
        this.#dispatch(message, value, undefined)
      } catch (error) {
        if (!PeersocketsError.is(error)) throw error
        this.onfailure(located(error, this.topic, [value]))
      }
    })
    this.#pending = undefined
    if (this.#state === 'leaving') this.flush()
    this.#onprogress()
  }

  /** The peer is not there: what was held is dropped, and each message is reported. */
  #reject(): void {
    const pending = this.#pending
    if (pending === undefined) return
    pending.release((_message, value) => this.onfailure(located(this.#absence(), this.topic, [value])))
    this.#pending = undefined
    this.#onprogress()
  }

  /** Whether nothing is left to send. */
  #isDone(): boolean {
    return this.#pending === undefined && listOf(this.#sessions).every(({ sender }) => sender.idle)
  }

  /** Grows while asynchronous middleware gets on. */
  #progress(): number {
    return listOf(this.#sessions).reduce((sum, { sender }) => sum + sender.progress, 0)
  }

  #onprogress(): void {
    if (this.#state !== 'leaving' && this.#waiting === undefined) return
    // What layers for messages have let through last is in a batch by now, which nobody would tell us of.
    for (const { sender } of listOf(this.#sessions)) sender.flush()
    if (!this.#isDone()) return
    if (this.#state === 'leaving') this.#end()
    else this.#tellSent()
  }

  #tellSent(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const resolve of waiting) resolve()
  }

  #end(): void {
    this.#state = 'left'
    this.#channel?.close()
    this.#channel = undefined
    const sessions = listOf(this.#sessions)
    this.#sessions = undefined
    this.#silent = undefined
    for (const session of sessions) session.close()
    this.connection.leaving.delete(this)
    this.#leaving?.finish()
    this.#leaving = undefined
    this.#tellSent()
  }
}

const FINISHED = Promise.resolve()

/** A topic that was left, while something of it is still on its way out. */
interface Leaving {
  readonly finished: Promise<void>
  finish(): void
}

function leaving(progress: () => number, onexpire: () => void): Leaving {
  const timeout = new ProgressTimeout(progress, onexpire)
  let finish: () => void = () => undefined
  const finished = new Promise<void>(resolve => {
    finish = () => {
      timeout.end()
      resolve()
    }
  })
  return { finished, finish }
}
