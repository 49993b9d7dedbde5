import type { Limits } from '../limits.js'
import { congested } from './send-errors.js'

/** What waits for one peer, and how much of it there may be. */
export interface Queued {
  readonly queuedBytes: number
  readonly limits: Limits
  /** Whether `send` has said that the peer is behind, and it has been so ever since. */
  warned: boolean
}

/** Whether a peer is behind, so that `send` returns false, and there is `drained` to wait for. */
export function isBehind({ queuedBytes, limits }: Omit<Queued, 'warned'>): boolean {
  return queuedBytes >= limits.highWaterMark
}

/**
 * Throws `ERR_PEER_CONGESTED` if a message of `length` bytes is too much. `send` does not do that without warning: what it sends
 * to a peer that is not behind is taken, however long it is, and so is one message more if anything else has filled the queue. A
 * broadcast warns nobody.
 */
export function checkCongestion(
  queued: Queued,
  length: number,
  topic: string,
  by: 'send' | 'broadcast'
): void {
  const { queuedBytes, limits, warned } = queued
  if (!isBehind(queued)) queued.warned = false
  else if ((warned || by === 'broadcast') && queuedBytes + length > limits.maxQueuedBytes)
    throw congested(topic, queuedBytes)
}

/** What `send` gives: whether it is worth sending more. */
export function isKeepingUp(queued: Queued): boolean {
  queued.warned = isBehind(queued)
  return !queued.warned
}
