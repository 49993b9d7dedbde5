import { located, PeersocketsError } from '../errors.js'
import type { Backlog } from '../pipeline/backlog.js'
import type { FrameSink } from '../pipeline/frame-sink.js'
import { HEADROOM_BYTES, type Headroom } from '../pipeline/headroom.js'
import type { QueueEvents } from '../pipeline/middleware-queue.js'
import { writeVarint } from '../varint.js'
import type { BlockPool } from '../wire/block-pool.js'
import { FULL_BYTES, MAX_BATCH_MESSAGES } from '../wire/bounds.js'
import { flushAtEndOfTick } from '../wire/end-of-tick.js'
import { SequenceWriter } from '../wire/sequence.js'

/** What stands behind a batch: while it is busy, it may go on reading what it was given. */
interface BatchSink extends FrameSink {
  readonly busy: boolean
}

/**
 * Messages of one session that travel as one frame: through the middleware once, and on the wire once (SPEC, "Batches"). It
 * leaves when it is full, and at the end of the tick.
 */
export class Batch implements FrameSink {
  readonly #topic: string
  readonly #backlog: Backlog
  readonly #next: BatchSink
  readonly #events: QueueEvents
  readonly #pool: BlockPool
  readonly #headroom: Headroom | undefined
  readonly #messages: SequenceWriter
  #values: unknown[] = []

  /** With `headroom`, what stands behind may write around the batch. */
  constructor(
    topic: string,
    backlog: Backlog,
    next: BatchSink,
    events: QueueEvents,
    pool: BlockPool,
    headroom: Headroom | undefined
  ) {
    this.#topic = topic
    this.#backlog = backlog
    this.#next = next
    this.#events = events
    this.#pool = pool
    this.#headroom = headroom
    this.#messages = new SequenceWriter(pool, headroom === undefined ? 0 : HEADROOM_BYTES)
  }

  get empty(): boolean {
    return this.#messages.count === 0
  }

  /**
   * Adds a copy of a message. Its {@link frameOf}, if that is known, is not copied where it is all that the batch has. Throws if
   * the batch is full and cannot be sent: what concerns messages added before is told through `ondropped`.
   */
  add(message: Buffer, value: unknown, frame: Buffer | undefined): void {
    const messages = this.#messages
    if (messages.length + SequenceWriter.cost(message.length) > FULL_BYTES) this.flush()
    const first = this.empty
    const before = messages.length
    if (frame !== undefined && first) messages.borrow(frame)
    else messages.append(message)
    this.#backlog.add(messages.length - before)
    this.#values.push(value)
    if (messages.length >= FULL_BYTES || messages.count >= MAX_BATCH_MESSAGES) this.#passFull(value)
    else if (first) flushAtEndOfTick(this)
  }

  /** The same for a message that has passed layers, with what was sent as its only value. */
  take(message: Buffer, [value]: readonly unknown[]): void {
    this.add(message, value, undefined)
  }

  /** Sends what is in it. What fails is told through `ondropped`: the callers have returned. */
  flush(): void {
    if (this.empty) return
    try {
      this.#pass()
    } catch (error) {
      if (!PeersocketsError.is(error)) throw error
      this.#events.ondropped(error)
    }
  }

  /** Drops what is in it, and gives its values. */
  clear(): readonly unknown[] {
    const values = this.#values
    this.#values = []
    this.#backlog.remove(this.#messages.take().length)
    return values
  }

  /** The caller who has sent `latest` is waiting. */
  #passFull(latest: unknown): void {
    const earlier = this.#values.slice(0, -1)
    try {
      this.#pass()
    } catch (error) {
      if (!PeersocketsError.is(error)) throw error
      if (earlier.length > 0) this.#events.ondropped(located(error, this.#topic, earlier))
      throw located(error, this.#topic, [latest])
    }
  }

  #pass(): void {
    const values = this.#values
    this.#values = []
    const isOwn = !this.#messages.borrowed
    const frame = this.#messages.take()
    this.#backlog.remove(frame.length)
    if (isOwn) this.#headroom?.lend(frame)
    try {
      this.#next.take(frame, values)
    } finally {
      this.#headroom?.lend(undefined)
      // A layer that takes its time goes on reading it.
      if (isOwn && !this.#next.busy) this.#pool.giveBack(frame)
    }
  }
}

/** The frame of one message, for the batches of many peers. */
export function frameOf(message: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(SequenceWriter.cost(message.length))
  message.copy(frame, writeVarint(frame, message.length, 0))
  return frame
}
