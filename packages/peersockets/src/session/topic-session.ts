import { PeersocketsError } from '../errors.js'
import type { Backlog } from '../pipeline/backlog.js'
import { Pipeline, type PipelineEvents } from '../pipeline/pipeline.js'
import type { Peer } from '../plugin.js'
import type { Connection } from '../transport/transport.js'
import { giveBack } from '../wire/blocks.js'
import type { PrivateTopicUser } from '../wire/private-topic.js'
import { PublicTopic } from '../wire/public-topic.js'
import { occupy } from '../wire/room.js'
import type { TopicChannel } from '../wire/topic-channel.js'
import { readBatch } from './batch.js'
import { type Claim, claimTopic, type Holder, takeOver } from './claim.js'
import { Outbox, type OutboxOwner } from './outbox.js'
import { LEAVE_TIMEOUT_MS, Patience } from './patience.js'
import type { PeerConnection } from './peer-connection.js'
import {
  abandoned,
  absent,
  congested,
  malformedBatch,
  receiverCongested,
  tooLarge,
  unopened,
  unsent
} from './refusal.js'
import type { TopicPlan } from './topic-plan.js'

/** A topic that is joined, and what it hears from its session on one connection. None of what is called may throw. */
export interface SessionUser {
  readonly name: string
  readonly definition: TopicPlan
  /** A message has passed every middleware. */
  onmessage(message: Buffer, session: TopicSession): void
  /** Something the peer sent was dropped. */
  onreject(error: PeersocketsError, session: TopicSession): void
  /** Something failed on our side, or a message of ours was dropped, after `send` had returned. */
  onfailure(error: PeersocketsError, session: TopicSession): void
  /** The peer is in the topic. */
  onpeerjoin(session: TopicSession): void
  onpeerleave(session: TopicSession): void
}

/**
 * One topic on one connection: the channel, and the layers that its frames pass through. There may be very many, on which
 * nothing is said: what is not needed until something is comes into being then.
 */
export class TopicSession implements Holder, OutboxOwner, PipelineEvents, PrivateTopicUser {
  readonly #owner: PeerConnection
  /** Who is in the topic, or was the last to be. */
  #user: SessionUser
  /** `retired`: it will not be joined again. */
  #state: 'joined' | 'left' | 'retired' = 'left'
  #channel: TopicChannel | undefined
  #pipeline: Pipeline | undefined
  #outbox: Outbox | undefined
  #claim: Claim | undefined
  /** With what is still to be sent after leaving. */
  #patience: Patience | undefined
  /** Why the topic could not be opened on this connection; or why the peer, which is in it, cannot be talked to. */
  #obstacle: PeersocketsError | undefined

  constructor(owner: PeerConnection, user: SessionUser) {
    this.#owner = owner
    this.#user = user
  }

  get topic(): string {
    return this.#user.name
  }

  get descriptor(): string {
    return this.#user.definition.descriptor
  }

  secret(): Buffer | undefined {
    return this.#user.definition.secret()
  }

  get peer(): Peer {
    return this.#owner.connection.peer
  }

  get connection(): Connection {
    return this.#owner.connection
  }

  /** Whether the peer is known to be in the topic. */
  get remoteOpen(): boolean {
    return this.#channel?.remoteOpen ?? false
  }

  get left(): boolean {
    return this.#state !== 'joined'
  }

  /** Whether it is `user` who is in the topic here, and not one who was before, or came after. */
  serves(user: SessionUser): boolean {
    return !this.left && this.#user === user
  }

  /** Joins the topic on this connection. What keeps it from that is reported, and thrown from every `send`. */
  open(user: SessionUser): void {
    const { definition } = user
    const other = this.#user.definition !== definition
    this.#user = user
    this.#state = 'joined'
    this.#obstacle = undefined
    this.#patience?.end()
    if (other) this.#abandon('was joined with another definition')
    takeOver(this.connection, this.topic, this)
    // Whoever was told of what was dropped may have left again.
    if (this.left) return
    try {
      if (definition.middleware.length > 0) this.#pipeline ??= this.#openPipeline(definition)
      if (this.#outbox?.closed) this.#outbox = undefined
      this.#channel ??= this.#openChannel(definition)
    } catch (cause) {
      this.#obstacle = PeersocketsError.is(cause) ? cause : unopened(this.topic, cause)
      // Nothing may come in that has not passed the middleware.
      this.#closeChannel()
      user.onfailure(this.#obstacle, this)
      return
    }
    if (this.#channel.remoteOpen) user.onpeerjoin(this)
  }

  /** Whether the peer takes more: otherwise, it is behind, and there is `drained` to wait for. */
  get ready(): boolean {
    return this.#owner.queuedBytes < this.#owner.limits.highWaterMark
  }

  /**
   * Sends one message. False means: the peer is not in the topic, which was reported. Throws `ERR_PEER_CONGESTED`,
   * `ERR_MESSAGE_TOO_LARGE`, and on a topic that does not batch `ERR_MIDDLEWARE_FAILED` or what a middleware threw. `frame` is
   * that of a batch of the message alone, if it is known.
   */
  send(message: Buffer, frame?: Buffer): boolean {
    const channel = this.#channel
    if (channel === undefined && this.#obstacle !== undefined) throw this.#obstacle
    const readiness = channel?.readiness ?? 'absent'
    if (channel === undefined || readiness === 'absent') {
      this.onfailure(this.#absence())
      return false
    }
    this.#outbox ??= new Outbox(this, this.#user.definition.batch)
    this.#checkRoom(message, channel, this.#outbox)
    if (readiness === 'waiting') this.#outbox.hold(message)
    else {
      const refused = this.#outbox.dispatch(message, frame)
      if (refused !== undefined) throw refused
    }
    return true
  }

  /** Sends the batch now, if there is one. What goes wrong is reported. */
  flush(): void {
    this.#outbox?.flush()
  }

  /** Sends what waits for the end of the tick, of this topic and of the connection. */
  flushAll(): void {
    this.flush()
    this.#owner.privateWire.flush()
  }

  /** Leaves the topic on this connection, once what was accepted for sending has gone out. */
  leave(): void {
    this.#leave('left')
  }

  /** Leaves for good: closes the layers too, once what was accepted for sending has gone out. */
  retire(): void {
    this.#leave('retired')
  }

  yield(): void {
    this.#giveUp('was joined on another Peersockets')
  }

  /** The connection is gone. */
  destroy(): void {
    const present = !this.left && this.remoteOpen
    this.#state = 'retired'
    this.#channel = undefined
    this.#patience?.end()
    this.#outbox?.discard()
    this.#pipeline?.close()
    if (present) this.#user.onpeerleave(this)
  }

  get backlog(): Backlog {
    return this.#owner.outgoing
  }

  /** Sends a frame through the middleware, or says why not; gives its bytes back if they are `recycled`. */
  push(frame: Buffer, recycled: boolean): PeersocketsError | undefined {
    const pipeline = this.#pipeline
    const outer = occupy(recycled ? frame : undefined)
    try {
      const refused = pipeline === undefined ? this.#transmit(frame) : undefined
      const through = pipeline === undefined || pipeline.send(frame)
      if (recycled && through) giveBack(frame)
      return refused
    } catch (error) {
      if (PeersocketsError.is(error)) return error
      throw error
    } finally {
      occupy(outer)
    }
  }

  onfailure(error: PeersocketsError): void {
    this.#user.onfailure(error, this)
  }

  onreject(error: PeersocketsError): void {
    this.#user.onreject(error, this)
  }

  /** A frame is through the layers, on its way out. */
  onoutgoing(frame: Buffer, late: boolean): void {
    const refused = this.#transmit(frame)
    if (refused === undefined) return
    if (!late) throw refused
    this.onfailure(refused)
  }

  /** A frame is through the layers, on its way in. */
  onincoming(frame: Buffer): void {
    if (this.left) return
    if (!this.#user.definition.batch) {
      this.#user.onmessage(frame, this)
      return
    }
    const messages = readBatch(frame)
    if (messages === undefined) {
      this.onreject(malformedBatch(this.topic))
      return
    }
    for (const message of messages) {
      if (!this.left) this.#user.onmessage(message, this)
    }
  }

  onidle(): void {
    this.#finish()
  }

  onoverdue(): void {
    this.#outbox?.reject(() => this.#absence())
  }

  onmessage(frame: Buffer): void {
    // Left, and not out yet: what is still to be sent is on its way.
    if (this.left) return
    const pipeline = this.#pipeline
    if (pipeline === undefined) {
      this.onincoming(frame)
      return
    }
    if (pipeline.receiving && this.#owner.incoming.bytes + frame.length > this.#owner.limits.maxQueuedBytes) {
      this.onreject(receiverCongested(this.topic))
      return
    }
    pipeline.receive(frame)
  }

  onopen(): void {
    this.#obstacle = undefined
    this.#outbox?.release()
    if (!this.left) this.#user.onpeerjoin(this)
  }

  onclose(): void {
    if (!this.left) this.#user.onpeerleave(this)
  }

  onabsent(): void {
    this.onoverdue()
  }

  onmismatch(error: PeersocketsError): void {
    this.#obstacle = error
    this.onfailure(error)
    this.onoverdue()
  }

  /** Ends what is left of a time in the topic that is over: it must not meet what comes after it. */
  #abandon(occasion: string): void {
    const pipeline = this.#pipeline
    const unsent = pipeline?.sending ?? false
    this.#pipeline = undefined
    this.#closeChannel()
    pipeline?.close()
    if (unsent) this.onfailure(abandoned(this.topic, occasion))
  }

  /** The same, without anything that comes after it here. */
  #giveUp(occasion: string): void {
    this.#abandon(occasion)
    this.#finish()
  }

  #leave(state: 'left' | 'retired'): void {
    // Before anything is reported: whoever is told may join again at once.
    this.#state = state
    this.#pipeline?.dropReceived()
    this.#outbox?.close(() => this.#absence())
    this.#finish()
  }

  #openPipeline(plan: TopicPlan): Pipeline {
    this.#claim ??= claimTopic(this.connection, this.topic, this)
    return new Pipeline(plan.middleware, this.#claim.session(plan), this.#owner, this)
  }

  #openChannel(plan: TopicPlan): TopicChannel {
    return plan.private
      ? this.#owner.privateWire.open(this)
      : new PublicTopic(this.connection, this.topic, this)
  }

  /** After leaving: what is left to do once nothing is on its way out. */
  #finish(): void {
    if (!this.left) return
    if (this.#pipeline?.sending) {
      this.#patience ??= new Patience(
        () => this.#pipeline?.progress ?? 0,
        () => this.#giveUp(`for ${LEAVE_TIMEOUT_MS / 1000} seconds it did not get on`)
      )
      this.#patience.begin()
      return
    }
    this.#patience?.end()
    this.#closeChannel()
    // The layers stay for the next time the topic is joined on this connection.
    if (this.#pipeline !== undefined && this.#state !== 'retired') return
    this.#pipeline?.close()
    this.#pipeline = undefined
    this.#claim?.release()
    this.#claim = undefined
    this.#owner.forget(this)
  }

  #closeChannel(): void {
    this.#channel?.close()
    this.#channel = undefined
  }

  #checkRoom(message: Buffer, { maxFrameBytes }: TopicChannel, outbox: Outbox): void {
    const { limits, queuedBytes } = this.#owner
    if (queuedBytes > 0 && queuedBytes + message.length > limits.maxQueuedBytes) {
      throw congested(this.topic, queuedBytes)
    }
    const length = outbox.frameLength(message.length)
    if (length > maxFrameBytes) throw tooLarge(this.topic, length, maxFrameBytes)
  }

  /** Hands a frame to the network, or says why not. */
  #transmit(frame: Buffer): PeersocketsError | undefined {
    const channel = this.#channel
    const { topic } = this
    if (channel === undefined) return undefined
    // The peer may have left while an asynchronous middleware took its time.
    if (channel.readiness !== 'ready') return this.#absence()
    if (frame.length > channel.maxFrameBytes) return tooLarge(topic, frame.length, channel.maxFrameBytes)
    try {
      channel.send(frame)
      return undefined
    } catch (cause) {
      return unsent(topic, cause)
    }
  }

  #absence(): PeersocketsError {
    return this.#obstacle ?? absent(this.topic)
  }
}
