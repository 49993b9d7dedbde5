import { PeersocketsError } from '../errors.js'
import type { Session } from '../plugin.js'
import type { Connection } from '../transport/transport.js'

/** The sessions of a connection by topic, and which of them are in use. Kept as long as the connection itself is. */
const sessions = new WeakMap<object, Map<string, { readonly session: Session; claimed: boolean }>>()

/** The exclusive use of a session. */
export interface Claim {
  readonly session: Session
  release(): void
}

/**
 * The session of a topic on a connection: one for all the life of the connection, also when one `Peersockets` stops and
 * another takes its place, because a counter that began anew would make old frames good again. Throws
 * `ERR_TOPIC_CONFLICT` while somebody else has it, since two cannot count with one counter.
 */
export function claimSession(connection: Connection, topic: string): Claim {
  const ofConnection = sessions.get(connection.identity) ?? new Map()
  sessions.set(connection.identity, ofConnection)
  const entry = ofConnection.get(topic) ?? { session: createSession(connection, topic), claimed: false }
  ofConnection.set(topic, entry)
  if (entry.claimed) {
    const text = `Another Peersockets on this network is in topic ${topic} already, and a topic with middleware can have one user. Use one Peersockets for the whole app.`
    throw new PeersocketsError('ERR_TOPIC_CONFLICT', text, { topic })
  }
  entry.claimed = true
  return {
    session: entry.session,
    release() {
      entry.claimed = false
    }
  }
}

function createSession(connection: Connection, topic: string): Session {
  return {
    topic,
    peer: connection.peer,
    localPublicKey: connection.localPublicKey,
    remotePublicKey: connection.remotePublicKey,
    // The topic is bound here, so that no middleware can forget to; its length goes first, so that no two pairs of
    // topic and label give the same string.
    exportKey: label => connection.exportKey(`topic/${Buffer.byteLength(topic)}/${topic}/${label}`)
  }
}
