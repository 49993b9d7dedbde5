import { PeersocketsError } from '../errors.js'
import { FULL_BYTES, MAX_INSTANCES, MAX_REMOTE_TOPICS, MAX_UNREAD_BYTES } from './bounds.js'

/** Hears that the peer broke a rule of the wire, or went over a bound, and that a frame was passed over. Must not throw. */
export type ViolationListener = (error: PeersocketsError) => void

export function malformed(what: string): PeersocketsError {
  return new PeersocketsError(
    'ERR_MALFORMED_FRAME',
    `The peer sent ${what} that does not follow the wire's rules.`
  )
}

export function tooManyTopics(): PeersocketsError {
  const text = `The peer opened more than ${MAX_REMOTE_TOPICS} topics on this connection: one was passed over.`
  return new PeersocketsError('ERR_LIMIT_EXCEEDED', text)
}

export function tooManyInstances(): PeersocketsError {
  const text = `The peer began anew more than ${MAX_INSTANCES} times on this connection: it is in no private topic any more.`
  return new PeersocketsError('ERR_LIMIT_EXCEEDED', text)
}

export function tooMuchUnread(): PeersocketsError {
  const text = `The peer opens topics, and leaves ${MAX_UNREAD_BYTES} bytes unread: one topic was passed over.`
  return new PeersocketsError('ERR_LIMIT_EXCEEDED', text)
}

export function peerIsFull(topic: string, maxTopics: number): PeersocketsError {
  const text = `The peer takes ${maxTopics} topics on a connection, and ${topic} is one more: it will not see us in it.`
  return new PeersocketsError('ERR_LIMIT_EXCEEDED', text, { topic })
}

export function tooEarly(topic: string): PeersocketsError {
  const text = `Topic ${topic} was joined again, and the peer sent more than ${FULL_BYTES} bytes before it had accepted that: a frame was dropped.`
  return new PeersocketsError('ERR_RECEIVER_CONGESTED', text, { topic })
}
