import type { Headroom } from '../pipeline/headroom.js'
import type { Counters, ExportedKey, Session } from '../plugin.js'
import { sharedOn } from '../transport/shared.js'
import type { Connection } from '../transport/transport.js'
import { keyUnder } from '../wire/mac-key.js'
import type { SessionChannel } from '../wire/session-channel.js'
import type { TopicConfig } from './topic-config.js'

/** What a middleware gets of one session, where `ordinal` middlewares of its name stand before it (SPEC, "Sessions"). */
export function middlewareSession(
  connection: Connection,
  topic: string,
  config: TopicConfig,
  { matchId }: SessionChannel,
  headroom: Headroom,
  name: string,
  wire: boolean,
  ordinal: number
): Session {
  const { identity, peer, localPublicKey, remotePublicKey, authenticated } = connection
  const secret = config.secret()
  // One that the peer need not have must not get the keys of one that it has.
  const place = wire ? `${ordinal}` : `local ${ordinal}`
  // All that makes the session is bound here, so that no middleware can forget to: what was said in another topic of that
  // name, through another pipeline, in another match or to another middleware is not believed. Lengths go first, so that no
  // two of them give the same text.
  const scope = [
    config.private ? `v1/${matchId}` : 'v0',
    ...[topic, config.pipelineId, name].map(withLength),
    place
  ]
  const counters = config.private ? { sent: 0, received: 0 } : countersOf(identity, topic)
  return {
    topic,
    peer,
    localPublicKey,
    remotePublicKey,
    authenticated,
    counters,
    extend: (frame, before, after) => headroom.extend(frame, before, after),
    exportKey: label => underSecret(secret, connection.exportKey(`topic/${scope.join('/')}/${label}`))
  }
}

function withLength(text: string): string {
  return `${Buffer.byteLength(text)}/${text}`
}

/**
 * On wire v0 the keys of a topic stay the same as long as the connection lives, and so its counters must go on, whatever the topic
 * was joined with in between: the middleware of one pipeline have one count together.
 */
function countersOf(identity: object, topic: string): Counters {
  const all = sharedOn(identity, 'counters/1', () => new Map<string, Counters>())
  const counters = all.get(topic) ?? { sent: 0, received: 0 }
  all.set(topic, counters)
  return counters
}

function underSecret(secret: Buffer | undefined, keys: ExportedKey): ExportedKey {
  if (secret === undefined) return keys
  const { send, receive } = keys
  const under = { send: keyUnder(secret, send), receive: keyUnder(secret, receive) }
  send.fill(0)
  receive.fill(0)
  return under
}
