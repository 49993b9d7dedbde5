import type { PeersocketsError } from '../errors.js'
import { type FrameSink, NO_VALUES } from '../pipeline/frame-sink.js'
import { MAX_BATCH_MESSAGES } from '../wire/bounds.js'
import { readSequence } from '../wire/sequence.js'
import { malformedBatch } from './send-errors.js'

/** Takes batches apart (SPEC, "Batches"). */
export class BatchReader implements FrameSink {
  readonly #topic: string
  readonly #next: FrameSink
  readonly #onreject: (error: PeersocketsError) => void
  #closed = false

  constructor(topic: string, next: FrameSink, onreject: (error: PeersocketsError) => void) {
    this.#topic = topic
    this.#next = next
    this.#onreject = onreject
  }

  take(frame: Buffer): void {
    const messages = readSequence(frame, MAX_BATCH_MESSAGES)
    if (messages === undefined) {
      this.#onreject(malformedBatch(this.#topic))
      return
    }
    for (const message of messages) {
      // What is told of a message may end the session.
      if (this.#closed) return
      this.#next.take(message, NO_VALUES)
    }
  }

  /** Hands on nothing more of the batch that it is reading. */
  close(): void {
    this.#closed = true
  }
}
