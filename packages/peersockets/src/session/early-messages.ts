import FIFO from 'fast-fifo'
import type { Backlog } from '../pipeline/backlog.js'
import { EARLY_TIMEOUT_MS } from '../wire/bounds.js'
import { startTimeout, type Timeout } from './timeout.js'

/** What a waiting message costs besides its bytes, so that a flood of empty ones is bounded too. */
const MESSAGE_OVERHEAD_BYTES = 64

/** Messages to a peer that has not said yet whether it is in the topic. They count into the connection's backlog. */
export class EarlyMessages {
  readonly #backlog: Backlog
  readonly #onoverdue: () => void
  #messages: FIFO<Buffer> | undefined
  #timer: Timeout | undefined

  /** `onoverdue` is called when the oldest message has waited long enough. */
  constructor(backlog: Backlog, onoverdue: () => void) {
    this.#backlog = backlog
    this.#onoverdue = onoverdue
  }

  /** Keeps a copy: the bytes may be the app's, which goes on to change them. */
  hold(message: Buffer): void {
    this.#messages ??= this.#begin()
    this.#messages.push(Buffer.from(message))
    this.#backlog.add(message.length + MESSAGE_OVERHEAD_BYTES)
  }

  /** Gives up each message in turn, the oldest first. */
  release(take: (message: Buffer) => void): void {
    const messages = this.#messages
    if (messages === undefined) return
    this.#messages = undefined
    clearTimeout(this.#timer)
    for (let message = messages.shift(); message !== undefined; message = messages.shift()) {
      this.#backlog.remove(message.length + MESSAGE_OVERHEAD_BYTES)
      take(message)
    }
  }

  #begin(): FIFO<Buffer> {
    this.#timer = startTimeout(this.#onoverdue, EARLY_TIMEOUT_MS)
    return new FIFO()
  }
}
