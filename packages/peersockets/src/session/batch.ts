import type { Backlog } from '../pipeline/backlog.js'
import { writeVarint } from '../varint.js'
import { FULL_BYTES, MAX_BATCH_MESSAGES } from '../wire/bounds.js'
import { readSequence, SequenceWriter } from '../wire/sequence.js'

/**
 * Messages of one topic to one peer that travel as one frame: through the middleware once, and on the wire once (SPEC,
 * "Batches").
 */
export class Batch {
  readonly #messages = new SequenceWriter()
  readonly #backlog: Backlog

  constructor(backlog: Backlog) {
    this.#backlog = backlog
  }

  get empty(): boolean {
    return this.#messages.count === 0
  }

  /** Whether it must go before a message of `length` bytes can be added. */
  isTooFullFor(length: number): boolean {
    return !this.empty && this.#messages.length + SequenceWriter.cost(length) > FULL_BYTES
  }

  /** Adds a copy of a message, and tells whether the batch is full, and should not wait for the end of the tick. */
  add(message: Buffer): boolean {
    const before = this.#messages.length
    this.#messages.append(message)
    this.#backlog.add(this.#messages.length - before)
    return this.#messages.length >= FULL_BYTES || this.#messages.count >= MAX_BATCH_MESSAGES
  }

  /** The same for a message in its {@link frameOf}, which stays as it is and is not copied. The batch must be empty. */
  share(frame: Buffer): boolean {
    this.#messages.borrow(frame)
    this.#backlog.add(frame.length)
    return frame.length >= FULL_BYTES
  }

  /** Whether the frame that {@link take} would give is one that is shared. */
  get shared(): boolean {
    return this.#messages.borrowed
  }

  /** The frame of what was added, to be given back unless it is shared; the batch is empty again. */
  take(): Buffer {
    const frame = this.#messages.take()
    this.#backlog.remove(frame.length)
    return frame
  }
}

/** The largest frame that a message of `length` bytes can make alone. */
export function batchedLength(length: number): number {
  return SequenceWriter.cost(length)
}

/** The frame of one message, for the batches of many peers. */
export function frameOf(message: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(batchedLength(message.length))
  message.copy(frame, writeVarint(frame, message.length, 0))
  return frame
}

/** The messages of a frame; undefined if it is no batch. */
export function readBatch(frame: Buffer): Buffer[] | undefined {
  return readSequence(frame, MAX_BATCH_MESSAGES)
}
