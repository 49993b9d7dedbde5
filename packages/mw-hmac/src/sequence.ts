import { PeersocketsError, type Session } from 'peersockets'
import { MAX_COUNTER } from './frame.js'

/** The counters of one topic on one connection. */
export interface Sequence {
  /** The counter of the last frame signed, under whichever key; 0 before the first. */
  sent: number
  /** For every key that was ever accepted here, by its id. */
  readonly received: Map<string, Mark>
  /** Whose frame the last one was: the marks of its signer. */
  signer: readonly Mark[]
  /** The whole tag of the last frame signed, with a character for each byte; empty before the first. */
  tag: string
}

/** How far the frames under one key have come. */
export interface Mark {
  /** The counter of the last frame accepted, 0 before the first. */
  counter: number
}

/**
 * Under the session and not in the layer: a topic that is left and joined again has new layers. If they counted anew,
 * the peer would take our frames for replays, and everything recorded before would be fresh once more.
 */
const sequences = new WeakMap<Session, Sequence>()

export function sequenceOf(session: Session): Sequence {
  let sequence = sequences.get(session)
  if (sequence === undefined) {
    sequence = { sent: 0, received: new Map(), signer: [], tag: '' }
    sequences.set(session, sequence)
  }
  return sequence
}

export function markOf(sequence: Sequence, keyId: string): Mark {
  let mark = sequence.received.get(keyId)
  if (mark === undefined) {
    mark = { counter: 0 }
    sequence.received.set(keyId, mark)
  }
  return mark
}

/**
 * The counter that the next frame has to exceed: the highest of all keys that are accepted together. Those of one key
 * alone would let a frame through that was signed before a rotation and held back until after it.
 */
export function lastOf(marks: readonly Mark[]): number {
  let last = 0
  for (const { counter } of marks) if (counter > last) last = counter
  return last
}

/** Throws `ERR_COUNTER_EXHAUSTED` where it would have to begin again. */
export function nextCounter(sequence: Sequence): number {
  if (sequence.sent >= MAX_COUNTER) {
    throw new PeersocketsError(
      'ERR_COUNTER_EXHAUSTED',
      `All ${MAX_COUNTER} frames that can be signed on this connection are used up: reconnect to the peer.`
    )
  }
  sequence.sent++
  return sequence.sent
}
