import FIFO from 'fast-fifo'
import type { Backlog } from '../pipeline/lane.js'
import { EARLY_TIMEOUT_MS } from '../wire/bounds.js'

/** What a waiting message costs besides its bytes, so that a flood of empty ones is bounded too. */
const MESSAGE_OVERHEAD_BYTES = 64

/** Messages to a peer that has not said yet whether it is in the topic. They count into the connection's backlog. */
export class EarlyMessages {
  readonly #backlog: Backlog
  readonly #onoverdue: () => void
  #messages: FIFO<Buffer> | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  /** `onoverdue` is called when the oldest message has waited long enough. */
  constructor(backlog: Backlog, onoverdue: () => void) {
    this.#backlog = backlog
    this.#onoverdue = onoverdue
  }

  /** Keeps a copy: the bytes may be the app's, which goes on to change them. */
  hold(message: Buffer): void {
    this.#messages ??= this.#begin()
    this.#messages.push(Buffer.from(message))
    this.#backlog.bytes += message.length + MESSAGE_OVERHEAD_BYTES
  }

  /** Gives up each message in turn, the oldest first. */
  release(take: (message: Buffer) => void): void {
    const messages = this.#messages
    if (messages === undefined) return
    this.#messages = undefined
    clearTimeout(this.#timer)
    for (let message = messages.shift(); message !== undefined; message = messages.shift()) {
      this.#backlog.bytes -= message.length + MESSAGE_OVERHEAD_BYTES
      take(message)
    }
  }

  #begin(): FIFO<Buffer> {
    this.#timer = setTimeout(this.#onoverdue, EARLY_TIMEOUT_MS)
    // In Node a timer is an object, which would keep the process alive; in a browser it is a number.
    if (typeof this.#timer === 'object') this.#timer.unref()
    return new FIFO()
  }
}
