import type { PeersocketsError } from '../errors.js'
import type { Backlog } from '../pipeline/backlog.js'
import { flushAtEndOfTick } from '../wire/end-of-tick.js'
import { Batch } from './batch.js'
import { EarlyMessages } from './early-messages.js'

/** What an outbox needs of the session that it works for. */
export interface OutboxOwner {
  /** What waits for this peer, in bytes. */
  readonly backlog: Backlog
  /** Sends a frame through the middleware, or says why not; gives its bytes back if they are `recycled`. Must not throw. */
  push(frame: Buffer, recycled: boolean): PeersocketsError | undefined
  /** A message was dropped, after `send` had returned. Must not throw. */
  onfailure(error: PeersocketsError): void
  /** What is held has waited long enough for the peer to say whether it is in the topic. Must not throw. */
  onoverdue(): void
}

/** Messages of one topic on their way to one peer: those that wait until it is there, and the batch of this tick. */
export class Outbox {
  readonly #owner: OutboxOwner
  #early: EarlyMessages | undefined
  #batch: Batch | undefined
  /** Why nothing goes any more. */
  #closed: (() => PeersocketsError) | undefined

  constructor(
    owner: OutboxOwner,
    readonly batching: boolean
  ) {
    this.#owner = owner
  }

  get closed(): boolean {
    return this.#closed !== undefined
  }

  /** The length of the frame that a message of `length` bytes makes alone, before any middleware. */
  frameLength(length: number): number {
    return this.batching ? Batch.cost(length) : length
  }

  /** Keeps a message until the peer is known to be in the topic, or not to be. */
  hold(message: Buffer): void {
    this.#early ??= new EarlyMessages(this.#owner.backlog, () => this.#owner.onoverdue())
    this.#early.hold(message)
  }

  /**
   * Sends a message to a peer that is in the topic, or says why it cannot go; `frame` is that of a batch of it alone, if it is
   * known. What becomes of a batch is told through `onfailure`, whether it goes now or later: it is not this message's alone.
   */
  dispatch(message: Buffer, frame?: Buffer): PeersocketsError | undefined {
    if (!this.batching) return this.#owner.push(message, false)
    this.#batch ??= new Batch(this.#owner.backlog)
    const batch = this.#batch
    if (batch.isTooFullFor(message.length)) this.flush()
    const first = batch.empty
    if (batch.add(message, frame)) this.flush()
    else if (first) flushAtEndOfTick(this)
    return undefined
  }

  /** Sends the batch now, if there is one. */
  flush(): void {
    const batch = this.#batch
    if (batch === undefined || batch.empty) return
    const recycled = !batch.borrowed
    this.#report(this.#owner.push(batch.take(), recycled))
  }

  /** The peer is there: what was held goes. */
  release(): void {
    // Whoever is told of one that cannot go may leave the topic, with the others still here.
    this.#early?.release(message => this.#report(this.#closed?.() ?? this.dispatch(message)))
  }

  /** The peer is not there: what was held is dropped, each message reported with `reason`. */
  reject(reason: () => PeersocketsError): void {
    this.#early?.release(() => this.#owner.onfailure(reason()))
  }

  /** The topic was left: the batch goes, and what was held is dropped, each message reported with `reason`. */
  close(reason: () => PeersocketsError): void {
    this.#closed = reason
    this.flush()
    this.reject(reason)
  }

  /** The connection is gone, and with it everything that was on its way. */
  discard(): void {
    this.#batch?.take()
    this.#early?.release(() => undefined)
  }

  #report(refused: PeersocketsError | undefined): void {
    if (refused !== undefined) this.#owner.onfailure(refused)
  }
}
