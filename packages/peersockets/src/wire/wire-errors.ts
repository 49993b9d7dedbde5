import { PeersocketsError } from '../errors.js'
import {
  ACCEPT_TIMEOUT_MS,
  GREETING_INTERVAL_MS,
  MAX_MATCHES,
  MAX_REMOTE_TOPICS,
  MAX_UNREAD_BYTES
} from './bounds.js'

/** What a peer does against the rules or bounds of the wire, and why a topic cannot be met. */

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

export function tooManyMatches(topic: string): PeersocketsError {
  const text = `The peer opened topic ${topic} more than ${MAX_MATCHES} times at once on this connection: once was passed over.`
  return new PeersocketsError('ERR_LIMIT_EXCEEDED', text, { topic })
}

export function tooManyGreetings(): PeersocketsError {
  const text = `The peer begins anew on this connection too often: it is answered again in ${GREETING_INTERVAL_MS} milliseconds.`
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

export function numbersUsedUp(topic: string): PeersocketsError {
  const text = 'This connection has seen all the topics that it can number. Reconnect to go on.'
  return new PeersocketsError('ERR_LIMIT_EXCEEDED', text, { topic })
}

export function absent(topic: string): PeersocketsError {
  const text = `This peer is not in topic ${topic}. Send to those in \`peers\`, or use broadcast.`
  return new PeersocketsError('ERR_PEER_NOT_IN_TOPIC', text, { topic })
}

export function altered(topic: string): PeersocketsError {
  const text = `The peer's ACCEPT of topic ${topic} was changed on the way, and was passed over.`
  return new PeersocketsError('ERR_BAD_SIGNATURE', text, { topic })
}

export function notAccepted(topic: string): PeersocketsError {
  const text = `The peer is in topic ${topic}, and has not accepted us in it within ${ACCEPT_TIMEOUT_MS / 1000} seconds. What it sent was lost or changed on the way; we open the topic anew.`
  return new PeersocketsError('ERR_NOT_ACCEPTED', text, { topic })
}

export function refused(cause: unknown): PeersocketsError {
  return new PeersocketsError('ERR_CLOSED', 'The connection refused a packet.', { cause })
}
