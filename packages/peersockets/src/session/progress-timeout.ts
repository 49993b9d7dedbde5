import { startTimeout, type Timeout } from '../timeout.js'

/** How long a topic that was left waits for what makes no progress, in milliseconds. */
export const LEAVE_TIMEOUT_MS = 10_000

/** Gives up on what makes no progress for {@link LEAVE_TIMEOUT_MS}. */
export class ProgressTimeout {
  readonly #progress: () => number
  readonly #onexpire: () => void
  #timer: Timeout

  /** `progress` grows as long as there is any. */
  constructor(progress: () => number, onexpire: () => void) {
    this.#progress = progress
    this.#onexpire = onexpire
    this.#timer = this.#start()
  }

  end(): void {
    clearTimeout(this.#timer)
  }

  #start(): Timeout {
    const before = this.#progress()
    return startTimeout(() => {
      if (this.#progress() === before) this.#onexpire()
      else this.#timer = this.#start()
    }, LEAVE_TIMEOUT_MS)
  }
}
