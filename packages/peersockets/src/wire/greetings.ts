import { GREETING_INTERVAL_MS, MAX_GREETINGS } from './bounds.js'

/**
 * How often a peer may begin anew: each time it is told all our topics, for a few bytes of its own. An honest one does so
 * whenever it replaces its `Peersockets`, so what is used up comes back with time.
 */
export class Greetings {
  #left = MAX_GREETINGS
  #at = now()

  /** Whether there is one left; it is used then. */
  take(): boolean {
    const earned = Math.floor((now() - this.#at) / GREETING_INTERVAL_MS)
    if (earned > 0) this.#left = Math.min(MAX_GREETINGS, this.#left + earned)
    // Less than none where a clock was set back: then counting goes on from there.
    this.#at += earned * GREETING_INTERVAL_MS
    if (this.#left === 0) return false
    this.#left--
    return true
  }
}

/** Milliseconds, of which Bare knows only those of the system's clock. */
function now(): number {
  return (globalThis.performance ?? Date).now()
}
