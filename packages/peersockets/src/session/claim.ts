import { PeersocketsError } from '../errors.js'
import { extendFrame } from '../pipeline/extend.js'
import type { Session } from '../plugin.js'
import type { Connection } from '../transport/transport.js'
import { keyUnder } from '../wire/tag.js'
import type { TopicPlan } from './topic-plan.js'

/** Who uses a session. */
export interface Holder {
  /** Whether it has left the topic, and keeps the session for what it still has to send, or until it joins again. */
  readonly left: boolean
  /** Somebody else joins the topic: ends what was left of it, and releases the session. */
  yield(): void
}

interface Entry {
  /** By what a topic is besides its name. */
  readonly sessions: Map<string, Session>
  holder: Holder | undefined
}

/** The sessions of a connection by the names of topics, and who uses them. Kept as long as the connection itself is. */
const entries = new WeakMap<object, Map<string, Entry>>()

/** What makes one topic of several that have a name in common. */
export type Identity = Pick<TopicPlan, 'private' | 'secret' | 'descriptor'>

/** The exclusive use of the sessions of a name. */
export interface Claim {
  /**
   * One for all the life of the connection, also when one `Peersockets` stops and another takes its place, because a
   * counter that began anew would make old frames good again.
   */
  session(identity: Identity): Session
  release(): void
}

/**
 * Whoever is in a topic on a connection has its sessions for itself: two cannot count with one counter. Throws
 * `ERR_TOPIC_CONFLICT` while somebody else is in it.
 */
export function claimTopic(connection: Connection, topic: string, holder: Holder): Claim {
  const ofConnection = entries.get(connection.identity) ?? new Map<string, Entry>()
  entries.set(connection.identity, ofConnection)
  const entry = ofConnection.get(topic) ?? { sessions: new Map(), holder: undefined }
  ofConnection.set(topic, entry)
  if (entry.holder !== undefined) {
    const text = `Another Peersockets on this network is in topic ${topic} already, and a topic with middleware can have one user. Use one Peersockets for the whole app.`
    throw new PeersocketsError('ERR_TOPIC_CONFLICT', text, { topic })
  }
  entry.holder = holder
  return {
    session(identity) {
      const key = keyOf(identity)
      const session = entry.sessions.get(key) ?? createSession(connection, topic, identity)
      entry.sessions.set(key, session)
      return session
    },
    release() {
      entry.holder = undefined
    }
  }
}

/** Whoever has left the topic on this connection, and has not joined it again, makes way for `taker`. */
export function takeOver(connection: Connection, topic: string, taker: Holder): void {
  const holder = entries.get(connection.identity)?.get(topic)?.holder
  if (holder !== undefined && holder !== taker && holder.left) holder.yield()
}

function keyOf(identity: Identity): string {
  const secret = identity.secret()
  const holders = secret === undefined ? '' : keyUnder(secret, Buffer.from('session')).toString('hex')
  return `${identity.private} ${holders} ${identity.descriptor}`
}

function createSession(connection: Connection, topic: string, identity: Identity): Session {
  const { descriptor } = identity
  const secret = identity.secret()
  // All that makes the topic is bound here, so that no middleware can forget to: what was said in another topic of that
  // name, or through another pipeline, is not believed. Lengths go first, so that no two topics give the same string.
  const scope = [
    identity.private ? 'v1' : 'v0',
    ...[topic, descriptor].flatMap(text => [Buffer.byteLength(text), text])
  ]
  return {
    topic,
    peer: connection.peer,
    localPublicKey: connection.localPublicKey,
    remotePublicKey: connection.remotePublicKey,
    extend: extendFrame,
    exportKey(label) {
      const keys = connection.exportKey(`topic/${scope.join('/')}/${label}`)
      if (secret === undefined) return keys
      const { send, receive } = keys
      const under = { send: keyUnder(secret, send), receive: keyUnder(secret, receive) }
      send.fill(0)
      receive.fill(0)
      return under
    }
  }
}
