import { PeersocketsError, reasonOf } from '../errors.js'
import { Pipeline } from '../pipeline/pipeline.js'
import type { Middleware, Peer } from '../plugin.js'
import type { Channel, Connection } from '../transport/transport.js'
import { openPublicTopic } from '../wire/public-topic.js'
import { type Claim, claimSession } from './claim.js'
import type { PeerConnection } from './peer-connection.js'

/** What a topic hears from its session on one connection. None of these may throw. */
export interface SessionEvents {
  /** A frame has passed every middleware. */
  onframe(frame: Buffer, session: TopicSession): void
  /** Something the peer sent was dropped. */
  onreject(error: PeersocketsError, session: TopicSession): void
  /** Something failed on our side: at opening the topic, at sending after `send` had returned, or at closing. */
  onfailure(error: PeersocketsError, session: TopicSession): void
  /** The peer is in the topic. */
  onpeerjoin(session: TopicSession): void
  onpeerleave(session: TopicSession): void
}

/** One topic on one connection: the channel, and the layers that its frames pass through. */
export class TopicSession {
  readonly #owner: PeerConnection
  readonly #topic: string
  readonly #onforget: () => void
  #events: SessionEvents | undefined
  #joined = false
  #retired = false
  #channel: Channel | undefined
  #pipeline: Pipeline | undefined
  #claim: Claim | undefined
  #failure: PeersocketsError | undefined

  constructor(owner: PeerConnection, topic: string, onforget: () => void) {
    this.#owner = owner
    this.#topic = topic
    this.#onforget = onforget
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

  /** Joins the topic on this connection. A failing middleware is reported, and thrown from every `send`. */
  open(middleware: readonly Middleware[], events: SessionEvents): void {
    this.#events = events
    this.#joined = true
    this.#failure = undefined
    try {
      this.#prepare(middleware)
      this.#channel ??= this.#openChannel()
    } catch (error) {
      this.#failure = PeersocketsError.is(error)
        ? error
        : new PeersocketsError('ERR_CLOSED', 'The topic cannot be opened on this connection.', {
            topic: this.#topic,
            cause: error
          })
      // Nothing may come in that has not passed the middleware.
      this.#closeChannel()
      events.onfailure(this.#failure, this)
      return
    }
    if (this.#channel.remoteOpen) events.onpeerjoin(this)
  }

  /**
   * Sends one frame. False means: the peer is behind, wait for `drained`. Throws `ERR_PEER_CONGESTED`,
   * `ERR_MESSAGE_TOO_LARGE`, `ERR_MIDDLEWARE_FAILED`, or what a middleware threw.
   */
  send(frame: Buffer): boolean {
    if (this.#failure !== undefined) throw this.#failure
    const { limits } = this.#owner
    const queued = this.#owner.queuedBytes
    if (queued > 0 && queued + frame.length > limits.maxQueuedBytes) {
      throw new PeersocketsError(
        'ERR_PEER_CONGESTED',
        `${queued} bytes wait for this peer already. Wait for drained(peer) when send() returns false, ` +
          'or raise maxQueuedBytes.',
        { topic: this.#topic }
      )
    }
    if (this.#pipeline === undefined) this.#onoutgoing(frame, false)
    else this.#pipeline.send(frame)
    return this.#owner.queuedBytes < limits.highWaterMark
  }

  /** Resolves when less than `highWaterMark` waits for the peer, and when the peer is gone. */
  drained(): Promise<void> {
    return this.#owner.drained()
  }

  /** Leaves the topic on this connection, once what was accepted for sending has gone out. */
  leave(): void {
    this.#joined = false
    this.#finish()
  }

  /** Leaves for good: closes the layers too, once what was accepted for sending has gone out. */
  retire(): void {
    this.#joined = false
    this.#retired = true
    this.#pipeline?.retire()
    this.#finish()
  }

  /** The connection is gone. */
  destroy(): void {
    const present = this.#joined && this.remoteOpen
    this.#joined = false
    this.#channel = undefined
    this.#pipeline?.close()
    if (present) this.#events?.onpeerleave(this)
  }

  #prepare(middleware: readonly Middleware[]): void {
    const current = this.#pipeline
    if (current === undefined ? middleware.length === 0 : sameStages(current.middleware, middleware)) return
    this.#pipeline = undefined
    current?.retire()
    if (middleware.length === 0) return
    this.#claim ??= claimSession(this.#owner.connection, this.#topic)
    this.#pipeline = new Pipeline(middleware, this.#claim.session, this.#owner, {
      onoutgoing: (frame, late) => this.#onoutgoing(frame, late),
      onincoming: frame => this.#deliver(frame),
      onreject: error => this.#reject(error),
      onfailure: error => this.#events?.onfailure(error, this),
      onidle: () => {
        this.#finish()
        this.#owner.ondrained()
      }
    })
  }

  #openChannel(): Channel {
    return openPublicTopic(this.#owner.connection, this.#topic, {
      onmessage: frame => this.#onframe(frame),
      onopen: () => {
        if (this.#joined) this.#events?.onpeerjoin(this)
      },
      onclose: () => {
        if (this.#joined) this.#events?.onpeerleave(this)
      }
    })
  }

  /** After leaving: what is left to do once nothing is on its way out. */
  #finish(): void {
    if (this.#joined || this.#pipeline?.sending) return
    this.#closeChannel()
    // The layers stay for the next time the topic is joined on this connection.
    if (this.#pipeline !== undefined && !this.#retired) return
    this.#claim?.release()
    this.#claim = undefined
    this.#onforget()
  }

  #closeChannel(): void {
    this.#channel?.close()
    this.#channel = undefined
  }

  #onframe(frame: Buffer): void {
    const pipeline = this.#pipeline
    if (pipeline === undefined) {
      this.#deliver(frame)
      return
    }
    if (pipeline.receiving && this.#owner.incoming.bytes + frame.length > this.#owner.limits.maxQueuedBytes) {
      const message = 'An asynchronous middleware cannot keep up with this peer: a frame was dropped.'
      this.#reject(new PeersocketsError('ERR_RECEIVER_CONGESTED', message, { topic: this.#topic }))
      return
    }
    pipeline.receive(frame)
  }

  #deliver(frame: Buffer): void {
    if (this.#joined) this.#events?.onframe(frame, this)
  }

  #onoutgoing(frame: Buffer, late: boolean): void {
    const refused = this.#transmit(frame)
    if (refused === undefined) return
    if (!late) throw refused
    this.#events?.onfailure(refused, this)
  }

  /** Hands a frame to the network, or says why not. */
  #transmit(frame: Buffer): PeersocketsError | undefined {
    const topic = this.#topic
    const { maxFrameBytes } = this.#owner.connection
    if (frame.length > maxFrameBytes) {
      const message = `A frame of ${frame.length} bytes is more than the ${maxFrameBytes} that this connection carries: send it in parts.`
      return new PeersocketsError('ERR_MESSAGE_TOO_LARGE', message, { topic })
    }
    try {
      this.#channel?.send(frame)
    } catch (cause) {
      return new PeersocketsError('ERR_CLOSED', `The connection refused the frame: ${reasonOf(cause)}`, {
        topic,
        cause
      })
    }
    return undefined
  }

  #reject(error: PeersocketsError): void {
    this.#events?.onreject(error, this)
  }
}

function sameStages(left: readonly Middleware[], right: readonly Middleware[]): boolean {
  return left.length === right.length && left.every((stage, at) => stage === right[at])
}
