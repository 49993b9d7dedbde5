import type { Layer, Middleware } from 'peersockets/plugin'
import { type HmacOptions, readOptions } from './options.js'
import { Signer } from './signer.js'

/** Where the network itself detects a changed byte, a signature without a shared key would prove nothing more. */
const PASSING: Layer = { send: frame => frame, receive: frame => frame }

/**
 * Signs the frames of a topic with HMAC-SHA256 (RFC 2104), so that none can be changed, moved to another topic, sent
 * back, sent again or carried to another connection unnoticed. Put it last: what it rejects, nothing else has to read.
 *
 * Its keys come from the connection's handshake by HKDF (RFC 5869) and need no configuration. A shared `key` is mixed
 * in: then only those who hold it are believed. Without one it signs where the network lets bytes be changed, and passes
 * frames as they are where the network authenticates them itself, as Hyperswarm 4 does.
 *
 * @example
 * ```ts
 * import { defineTopic } from 'peersockets'
 * import { hmac } from '@peersockets/mw-hmac'
 *
 * const chat = defineTopic({ name: 'chat', middleware: [hmac()] })
 * ```
 *
 * Throws `ERR_INVALID_ARGUMENT`. Where the network has no handshake, opening the topic fails with `ERR_NO_KEY_EXPORT`.
 */
export function hmac(options: HmacOptions = {}): Middleware {
  const { name, salts, shared, tagBytes } = readOptions(options)
  return {
    name,
    contract: 2,
    open: session => (session.authenticated && !shared ? PASSING : new Signer(session, salts, tagBytes))
  }
}
