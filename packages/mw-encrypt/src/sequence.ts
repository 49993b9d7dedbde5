import { PeersocketsError } from 'peersockets'
import type { Session } from 'peersockets/plugin'

/** Six bytes: at a million frames a second they last for nine years. */
export const COUNTER_BYTES = 6

export const MAX_COUNTER = 2 ** (8 * COUNTER_BYTES) - 1

/** The counters of one topic on one connection. */
export interface Sequence {
  /** The counter of the last frame sent, under whichever key; 0 before the first. */
  sent: number
  /** For every group key that was ever accepted here, by its id, the counter that the next frame has to exceed. */
  readonly received: Map<string, number>
}

/**
 * Under the session and not in the layer: a topic that is left and joined again has new layers. If they counted anew,
 * the peer would take our frames for replays, and everything recorded before would be fresh once more.
 */
const sequences = new WeakMap<Session, Sequence>()

export function sequenceOf(session: Session): Sequence {
  const sequence = sequences.get(session) ?? { sent: 0, received: new Map() }
  sequences.set(session, sequence)
  return sequence
}

/** Throws `ERR_COUNTER_EXHAUSTED` where it would have to begin again. */
export function nextCounter(sequence: Sequence): number {
  if (sequence.sent >= MAX_COUNTER) {
    throw new PeersocketsError(
      'ERR_COUNTER_EXHAUSTED',
      `All ${MAX_COUNTER} frames that can be encrypted on this connection are used up: reconnect to the peer.`
    )
  }
  sequence.sent++
  return sequence.sent
}

/**
 * The counter that the next frame under any of `keyIds` has to exceed: the highest of those that are accepted together.
 * That of one key alone would let a frame through that was encrypted before a rotation and held back until after it.
 */
export function lastReceived({ received }: Sequence, keyIds: readonly string[]): number {
  return Math.max(...keyIds.map(id => received.get(id) ?? 0))
}

export function markReceived({ received }: Sequence, keyIds: readonly string[], counter: number): void {
  for (const id of keyIds) received.set(id, counter)
}
