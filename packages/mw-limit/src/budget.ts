import type { Excess, Limits } from './options.js'

/** What a peer may still send. */
export class Budget {
  readonly #limits: Limits
  readonly #number: Bucket
  readonly #bytes: Bucket

  constructor(limits: Limits) {
    const { perSecond, bytesPerSecond, burst, now } = limits
    const at = now()
    this.#limits = limits
    this.#number = new Bucket(perSecond, burst, at)
    this.#bytes = new Bucket(bytesPerSecond, burst, at)
  }

  /** Takes one of `length` bytes from the budget, or says what it is too much of. What is rejected is not taken. */
  charge(length: number): Excess['kind'] | undefined {
    const { maxBytes, unit, now } = this.#limits
    if (length > maxBytes) return 'size'
    const at = now()
    if (!this.#number.has(1, at)) return unit
    if (!this.#bytes.has(length, at)) return 'bytes'
    this.#number.take(1)
    this.#bytes.take(length)
    return undefined
  }
}

/**
 * A token bucket. It counts in thousandths of a token, so that whole rates and whole milliseconds add up without rounding.
 */
class Bucket {
  readonly #rate: number
  readonly #capacity: number
  #level: number
  #at: number

  /** Full at the time `at`, in milliseconds. */
  constructor(rate: number, burst: number, at: number) {
    this.#rate = rate
    this.#capacity = rate * burst * 1000
    this.#level = this.#capacity
    this.#at = at
  }

  has(tokens: number, at: number): boolean {
    const elapsed = at - this.#at
    // A clock that is set back must give nothing, and one that stops being a number neither.
    if (elapsed > 0) this.#level = Math.min(this.#capacity, this.#level + elapsed * this.#rate)
    this.#at = at
    return this.#level >= tokens * 1000
  }

  take(tokens: number): void {
    this.#level -= tokens * 1000
  }
}
