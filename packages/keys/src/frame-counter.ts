import { PeersocketsError } from 'peersockets'
import type { Session } from 'peersockets/plugin'

/** Six bytes: at a million frames a second they last for nine years. */
export const COUNTER_BYTES = 6

export const MAX_COUNTER = 2 ** (8 * COUNTER_BYTES) - 1

/**
 * Numbers the frames of one layer, in both directions. The session keeps the numbers, so that a layer with other keys goes
 * on where the layer before it stopped, and accepts nothing that was sent before it opened.
 */
export class FrameCounter {
  readonly #counters: Session['counters']
  #accepted: number

  constructor(counters: Session['counters']) {
    this.#counters = counters
    // Read once: another layer on the same topic gets every frame too, and must not make it a replay for this one.
    this.#accepted = counters.received
  }

  /** The number for the next frame to send. Throws `ERR_COUNTER_EXHAUSTED` where it would have to begin again. */
  next(): number {
    const counters = this.#counters
    if (counters.sent >= MAX_COUNTER) {
      throw new PeersocketsError(
        'ERR_COUNTER_EXHAUSTED',
        `All ${MAX_COUNTER} frames that can be numbered are used up: reconnect to the peer.`
      )
    }
    counters.sent++
    return counters.sent
  }

  /**
   * Accepts a frame with `number`, which is known to be genuine: what anybody could have written there must not count. Throws
   * `ERR_REPLAYED` unless the number is above that of each frame accepted before.
   */
  accept(number: number): void {
    if (number <= this.#accepted) {
      throw new PeersocketsError(
        'ERR_REPLAYED',
        `A frame was dropped because it was sent as number ${number}, and number ${this.#accepted} has been here already. ` +
          'Somebody on the way sent it again or held it back.'
      )
    }
    this.#accepted = number
    // Never down: a layer that opened earlier may be at a lower number.
    if (number > this.#counters.received) this.#counters.received = number
  }
}
