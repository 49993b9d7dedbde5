import { located, PeersocketsError } from '../errors.js'
import { tooLarge } from '../pipeline/outlet.js'
import type { Peer } from '../plugin.js'
import { SequenceWriter } from '../wire/sequence.js'
import type { FrameReceiver, SessionChannel, TopicMember } from '../wire/session-channel.js'
import { listOf, type Several, withOne, withoutOne } from '../wire/several.js'
import { absent } from '../wire/wire-errors.js'
import { checkCongestion } from './backpressure.js'
import { closeTopic, type OpenedTopic, openTopic, UnopenedTopic } from './opened-topic.js'
import { Outgoing } from './outgoing.js'
import type { PeerConnection } from './peer-connection.js'
import { LEAVE_TIMEOUT_MS } from './progress-timeout.js'
import { abandoned } from './send-errors.js'
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

const FINISHED = Promise.resolve()

/**
 * A topic that is joined, on one connection. There may be very many, on which nothing is said: what is not needed until
 * something is comes into being then.
 */
export class ConnectedTopic<P extends Peer> implements TopicMember, FrameReceiver {
  /** Joined is `absent` and `present`: whether the peer is in the topic, as far as the user was told. */
  #state: 'opening' | 'queued' | 'absent' | 'present' | 'leaving' | 'left' = 'opening'
  #channel: OpenedTopic | undefined
  /** Sessions of a topic without middleware in which nothing was said yet. */
  #silent: Several<SessionChannel>
  #outgoing: Outgoing | undefined

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

  /** Whether the peer is in the topic, as far as the user was told. */
  get present(): boolean {
    return this.#state === 'present'
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
    return this.#outgoing !== undefined
  }

  /** After leaving: resolves once nothing is on its way out. */
  get finished(): Promise<void> {
    return this.#outgoing?.wait() ?? FINISHED
  }

  /**
   * Joins the topic on this connection. What keeps it from that is reported soon, and thrown from every `send`. If the topic was
   * left and something of it is still on its way out, it waits for that: messages go in the order of `send`.
   */
  open(): void {
    const predecessor = this.connection.leavingTopic(this.topic)
    if (predecessor === undefined) {
      this.#open('absent')
      if (this.#channel?.present) this.#state = 'present'
      return
    }
    this.#state = 'queued'
    void predecessor.finished.then(() => {
      if (this.#state === 'left') return
      this.#open(this.#state === 'leaving' ? 'leaving' : 'absent')
      this.onpresence()
      this.ondecided()
      this.#onprogress()
    })
  }

  #open(next: 'absent' | 'leaving'): void {
    this.#state = 'opening'
    const opened = openTopic(this.connection, this, this.user.definition.private)
    if (opened instanceof UnopenedTopic) this.#fail(opened.obstacle)
    // A session that could not begin has made it unusable already.
    else this.#channel ??= opened
    this.#state = next
  }

  /**
   * Sends one message to the peer; `value` is what the app gave for it, and `frame` that of a batch of it alone, if it is known.
   * Throws what is known by now: that the peer is absent or congested, that the message is too large, what middleware throws.
   */
  enqueue(message: Buffer, value: unknown, frame?: Buffer, by: 'send' | 'broadcast' = 'send'): void {
    const { readiness } = this
    if (readiness === 'absent') throw this.#absence()
    const { maxFrameBytes } = this.#channel ?? this.connection.connection
    const length = this.user.definition.batch ? SequenceWriter.cost(message.length) : message.length
    if (length > maxFrameBytes) throw tooLarge(this.topic, length, maxFrameBytes)
    checkCongestion(this.connection, message.length, this.topic, by)
    const outgoing = this.#makeOutgoing()
    if (readiness === 'waiting') outgoing.hold(message, value, this.connection.outgoing, () => this.#reject())
    else outgoing.enqueue(message, value, frame)
  }

  /** Sends what waits for the end of the tick. */
  flush(): void {
    this.#outgoing?.flush()
    this.connection.privateWire.flush()
  }

  /** Resolves when what was accepted for sending has left the process and, where the peer can say so, has arrived. */
  async delivered(): Promise<void> {
    this.flush()
    if (this.#outgoing?.idle === false) await this.#outgoing.wait()
    await this.connection.delivered()
  }

  /**
   * Leaves the topic: nothing is delivered from here on. What was accepted for sending still goes out, as long as it makes
   * progress. Resolves when it has, or was reported as dropped; undefined: there is nothing.
   */
  leave(): Promise<void> | undefined {
    this.#state = 'leaving'
    const outgoing = this.#outgoing
    outgoing?.stopReceiving()
    if (outgoing === undefined || outgoing.idle) {
      this.#end()
      return undefined
    }
    outgoing.limit(() =>
      this.abandon(`in ${LEAVE_TIMEOUT_MS / 1000} seconds the middleware made no progress`)
    )
    this.connection.leaving.add(this)
    return outgoing.wait()
  }

  /** After leaving: gives up on what has not gone out; `occasion` says why, in words. */
  abandon(occasion: string): void {
    const dropped = this.#outgoing?.close() ?? []
    this.#end()
    if (dropped.length > 0) this.user.onfailure(abandoned(this.topic, occasion, dropped), this)
  }

  /** The connection is gone, and with it what was on its way. */
  destroy(): void {
    this.#channel = undefined
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
      this.#fail(error)
      return undefined
    }
  }

  onsessionend(channel: SessionChannel): void {
    this.#silent = withoutOne(this.#silent, channel)
    const dropped = this.#outgoing?.remove(channel) ?? []
    if (dropped.length > 0) this.onfailure(located(absent(this.topic), this.topic, dropped))
    this.#onprogress()
  }

  onpresence(): void {
    if (this.readiness === 'ready') this.#release()
    const next = this.#channel?.present ? 'present' : 'absent'
    if (!this.#isJoined() || next === this.#state) return
    this.#state = next
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
    if (!this.#isJoined()) return
    this.#makeOutgoing()
    channel.receiver?.receive(frame, channel)
  }

  /** Something is said: sessions that were silent begin. */
  #makeOutgoing(): Outgoing {
    this.#outgoing ??= new Outgoing()
    if (this.#silent !== undefined) {
      const channels = listOf(this.#silent)
      this.#silent = undefined
      for (const channel of channels) channel.receiver = this.#begin(channel)
    }
    return this.#outgoing
  }

  #begin(channel: SessionChannel): FrameReceiver {
    const { user } = this
    const session = new TopicSession(channel, user.name, user.definition, this.connection, {
      onmessage: message => user.onmessage(message, this),
      incoming: {
        ondropped: error => {
          if (this.#isJoined()) user.onreject(error, this)
        },
        onidle: () => undefined
      },
      outgoing: { ondropped: error => this.onfailure(error), onidle: () => this.#onprogress() }
    })
    this.#outgoing ??= new Outgoing()
    this.#outgoing.add(session)
    return session.receiver
  }

  #fail(cause: PeersocketsError): void {
    const obstacle = located(cause, this.topic)
    this.#channel = new UnopenedTopic(obstacle)
    this.onfailure(obstacle)
    this.#reject()
  }

  #absence(): PeersocketsError {
    return this.#channel?.absence() ?? absent(this.topic)
  }

  #isJoined(): boolean {
    return this.#state === 'absent' || this.#state === 'present'
  }

  /** The peer is there: what was held for it goes. */
  #release(): void {
    if (!this.#outgoing?.holding) return
    const outgoing = this.#makeOutgoing()
    outgoing.release((message, value) => {
      try {
        outgoing.enqueue(message, value, undefined)
      } catch (error) {
        if (!PeersocketsError.is(error)) throw error
        this.onfailure(located(error, this.topic, [value]))
      }
    })
    if (this.#state === 'leaving') this.flush()
    this.#onprogress()
  }

  /** The peer is not there: what was held for it is dropped, and each message is reported. */
  #reject(): void {
    if (!this.#outgoing?.holding) return
    const absence = this.#absence()
    this.#outgoing.release((_message, value) => this.onfailure(located(absence, this.topic, [value])))
    this.#onprogress()
  }

  #onprogress(): void {
    const outgoing = this.#outgoing
    if (!outgoing?.awaited) return
    // What layers for messages have let through last is in a batch by now, which nobody would tell us of.
    outgoing.flush()
    if (!outgoing.idle) return
    if (this.#state === 'leaving') this.#end()
    else outgoing.finish()
  }

  #end(): void {
    const [channel, outgoing] = [this.#channel, this.#outgoing]
    this.#state = 'left'
    this.#channel = undefined
    this.#silent = undefined
    this.#outgoing = undefined
    closeTopic(this.connection, channel)
    outgoing?.close()
    this.connection.leaving.delete(this)
    outgoing?.finish()
  }
}
