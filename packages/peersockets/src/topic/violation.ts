import type { PeersocketsError } from '../errors.js'

/** What can drop a message of a peer without a fault of the peer's. */
const OURS: ReadonlySet<string> = new Set([
  'ERR_MIDDLEWARE_FAILED',
  'ERR_RECEIVER_CONGESTED',
  'ERR_UNSUPPORTED_SCHEMA',
  'ERR_ENCODE_FAILED',
  'ERR_NO_KEY_EXPORT',
  'ERR_CLOSED'
])

/**
 * Whether what the peer sent breaks the rules of the topic, so that `onviolation: 'disconnect'` ends the connection. Everything
 * does that a middleware, the codec or the schema rejects, whatever code a plugin gives it.
 */
export function isViolation({ code }: PeersocketsError): boolean {
  return !OURS.has(code)
}
