import { startTimeout, type Timeout } from './timeout.js'

/** How long a topic that was left waits for a middleware that does not get on, in milliseconds. */
export const LEAVE_TIMEOUT_MS = 10_000

/** Gives up on what makes no progress for {@link LEAVE_TIMEOUT_MS}. */
export class Patience {
  readonly #progress: () => number
  readonly #ongiveup: () => void
  #timer: Timeout | undefined

  /** `progress` grows as long as there is any. */
  constructor(progress: () => number, ongiveup: () => void) {
    this.#progress = progress
    this.#ongiveup = ongiveup
  }

  /** Does nothing when it has begun already. */
  begin(): void {
    this.#timer ??= this.#start()
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #start(): Timeout {
    const before = this.#progress()
    return startTimeout(() => {
      this.#timer = undefined
      if (this.#progress() === before) this.#ongiveup()
      else this.begin()
    }, LEAVE_TIMEOUT_MS)
  }
}
