import type { Backlog } from '../pipeline/backlog.js'
import { writeVarint } from '../varint.js'
import { FULL_BYTES, MAX_BATCH_MESSAGES } from '../wire/bounds.js'
import { readSequence, SequenceWriter } from '../wire/sequence.js'

/**
 * Messages of one topic to one peer that travel as one frame: through the middleware once, and on the wire once (SPEC,
 * "Batches").
 */
export class Batch extends SequenceWriter {
  readonly #backlog: Backlog

  constructor(backlog: Backlog) {
    super()
    this.#backlog = backlog
  }

  get empty(): boolean {
    return this.count === 0
  }

  /** Whether what it has must go before a message of `length` bytes is added. */
  isTooFullFor(length: number): boolean {
    return this.length + Batch.cost(length) > FULL_BYTES
  }

  /**
   * Adds a copy of a message, and tells whether the batch is full, and should not wait for the end of the tick. Its
   * {@link frameOf}, if that is known, is not copied where it is all that the batch has.
   */
  add(message: Buffer, frame?: Buffer): boolean {
    const before = this.length
    if (frame !== undefined && this.empty) this.borrow(frame)
    else this.append(message)
    this.#backlog.add(this.length - before)
    return this.length >= FULL_BYTES || this.count >= MAX_BATCH_MESSAGES
  }

  /** The frame of what was added, to be given back unless it is {@link borrowed}; the batch is empty again. */
  override take(): Buffer {
    const frame = super.take()
    this.#backlog.remove(frame.length)
    return frame
  }
}

/** The frame of one message, for the batches of many peers. */
export function frameOf(message: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(Batch.cost(message.length))
  message.copy(frame, writeVarint(frame, message.length, 0))
  return frame
}

/** The messages of a frame; undefined if it is no batch. */
export function readBatch(frame: Buffer): Buffer[] | undefined {
  return readSequence(frame, MAX_BATCH_MESSAGES)
}
