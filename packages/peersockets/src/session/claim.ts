import { PeersocketsError } from '../errors.js'
import type { Session } from '../plugin.js'
import type { Connection } from '../transport/transport.js'

/** Who uses a session. */
export interface Holder {
  /** Whether it has left the topic, and keeps the session for what it still has to send, or until it joins again. */
  readonly left: boolean
  /** Somebody else joins the topic: ends what was left of it, and releases the session. */
  yield(): void
}

interface Entry {
  readonly session: Session
  holder: Holder | undefined
}

/** The sessions of a connection by topic, and who uses them. Kept as long as the connection itself is. */
const sessions = new WeakMap<object, Map<string, Entry>>()

/** The exclusive use of a session. */
export interface Claim {
  readonly session: Session
  release(): void
}

/**
 * The session of a topic on a connection: one for all the life of the connection, also when one `Peersockets` stops and
 * another takes its place, because a counter that began anew would make old frames good again. Throws
 * `ERR_TOPIC_CONFLICT` while somebody else is in the topic, since two cannot count with one counter.
 */
export function claimSession(connection: Connection, topic: string, holder: Holder): Claim {
  const ofConnection = sessions.get(connection.identity) ?? new Map<string, Entry>()
  sessions.set(connection.identity, ofConnection)
  const entry = ofConnection.get(topic) ?? { session: createSession(connection, topic), holder: undefined }
  ofConnection.set(topic, entry)
  if (entry.holder !== undefined) {
    const text = `Another Peersockets on this network is in topic ${topic} already, and a topic with middleware can have one user. Use one Peersockets for the whole app.`
    throw new PeersocketsError('ERR_TOPIC_CONFLICT', text, { topic })
  }
  entry.holder = holder
  return {
    session: entry.session,
    release() {
      entry.holder = undefined
    }
  }
}

/** Whoever has left the topic on this connection, and has not joined it again, makes way for `taker`. */
export function takeOver(connection: Connection, topic: string, taker: Holder): void {
  const holder = sessions.get(connection.identity)?.get(topic)?.holder
  if (holder !== undefined && holder !== taker && holder.left) holder.yield()
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
