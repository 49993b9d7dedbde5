import type { Backlog } from '../pipeline/backlog.js'
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

  /** The frame of what was added, to be given back; the batch is empty again. */
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

/** The messages of a frame; undefined if it is no batch. */
export function readBatch(frame: Buffer): Buffer[] | undefined {
  return readSequence(frame, MAX_BATCH_MESSAGES)
}
