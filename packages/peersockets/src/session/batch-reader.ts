import type { PeersocketsError } from '../errors.js'
import { type FrameSink, NO_VALUES } from '../pipeline/frame-sink.js'
import { MAX_BATCH_MESSAGES } from '../wire/bounds.js'
import { readSequence } from '../wire/sequence.js'
import { malformedBatch } from './send-errors.js'

/** Takes batches apart (SPEC, "Batches"). */
export class BatchReader implements FrameSink {
  readonly #topic: string
  readonly #own: boolean
  readonly #next: FrameSink
  readonly #onreject: (error: PeersocketsError) => void
  #closed = false

  /** `own`: messages get bytes of their own, as far as they would keep much more alive. */
  constructor(topic: string, own: boolean, next: FrameSink, onreject: (error: PeersocketsError) => void) {
    this.#topic = topic
    this.#own = own
    this.#next = next
    this.#onreject = onreject
  }

  take(frame: Buffer): void {
    const messages = readSequence(frame, MAX_BATCH_MESSAGES, this.#own)
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
