import FIFO from 'fast-fifo'
import type { Backlog } from '../pipeline/backlog.js'
import { startTimeout, type Timeout } from '../timeout.js'
import { EARLY_TIMEOUT_MS } from '../wire/bounds.js'

/** What a waiting message costs besides its bytes, so that a flood of empty ones is bounded too. */
const MESSAGE_OVERHEAD_BYTES = 64

interface Pending {
  readonly message: Buffer
  readonly value: unknown
}

/** Messages to a peer that has not said yet whether it is in the topic. They count into the connection's backlog. */
export class PendingMessages {
  readonly #backlog: Backlog
  readonly #messages = new FIFO<Pending>()
  readonly #timer: Timeout

  /** `onoverdue` is called when the oldest message has waited long enough. */
  constructor(backlog: Backlog, onoverdue: () => void) {
    this.#backlog = backlog
    this.#timer = startTimeout(onoverdue, EARLY_TIMEOUT_MS)
  }

  /** Keeps a copy: the bytes may be the app's, which goes on to change them. */
  hold(message: Buffer, value: unknown): void {
    this.#messages.push({ message: Buffer.from(message), value })
    this.#backlog.add(message.length + MESSAGE_OVERHEAD_BYTES)
  }

  /** Gives up each message in turn, the oldest first, with the value that was sent. */
  release(take: (message: Buffer, value: unknown) => void): void {
    clearTimeout(this.#timer)
    for (let next = this.#messages.shift(); next !== undefined; next = this.#messages.shift()) {
      this.#backlog.remove(next.message.length + MESSAGE_OVERHEAD_BYTES)
      take(next.message, next.value)
    }
  }
}
