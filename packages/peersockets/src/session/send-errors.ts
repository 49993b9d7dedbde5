import { PeersocketsError, reasonOf } from '../errors.js'
import { FULL_BYTES, MAX_BATCH_MESSAGES } from '../wire/bounds.js'

/** Why a message does not go to a peer, or does not come in from it. */

export function congested(topic: string, queued: number): PeersocketsError {
  const text = `${queued} bytes wait for this peer already. Wait for drained(peer) when send() returns false, or raise maxQueuedBytes.`
  return new PeersocketsError('ERR_PEER_CONGESTED', text, { topic })
}

/** `occasion` is what ended the wait of the messages, in words. */
export function abandoned(topic: string, occasion: string, dropped: readonly unknown[]): PeersocketsError {
  const text = `Topic ${topic} was left while messages were on their way out, and ${occasion}: they were dropped.`
  return new PeersocketsError('ERR_CLOSED', text, { topic, dropped })
}

export function unopened(topic: string, cause: unknown): PeersocketsError {
  const text = `Topic ${topic} cannot be opened on this connection: ${reasonOf(cause)}`
  return new PeersocketsError('ERR_CLOSED', text, { topic, cause })
}

export function receiverCongested(topic: string): PeersocketsError {
  const text = 'An asynchronous middleware cannot keep up with this peer: a frame was dropped.'
  return new PeersocketsError('ERR_RECEIVER_CONGESTED', text, { topic })
}

export function malformedBatch(topic: string): PeersocketsError {
  const text = `A frame is no batch of at most ${MAX_BATCH_MESSAGES} messages, in ${FULL_BYTES} bytes if they are several: the peer does not follow the wire's rules.`
  return new PeersocketsError('ERR_MALFORMED_FRAME', text, { topic })
}

export function undelivered(queued: number, milliseconds: number): PeersocketsError {
  const text = `${queued} bytes for this peer had not left after ${milliseconds} milliseconds, and may not arrive.`
  return new PeersocketsError('ERR_CLOSED', text)
}
