import type { Session } from 'peersockets/plugin'
import { hkdfSha256, sha256 } from './hmac-sha256.js'

/** Changes whenever a frame of this version would not be understood by another. */
const VERSION = 'peersockets/mw-hmac/1'

const KEY_BYTES = 32

/** What stands for the shared keys in the derivation, 32 bytes each: the one to sign with, then all others to accept. */
export type Salts = readonly [Buffer, ...Buffer[]]

/**
 * What a shared key contributes to the derivation; without one, what stands for having none.
 *
 * It becomes the salt of HKDF, so the first step is HMAC(salt, exported key). A connected peer knows the exported key:
 * against it, that is a pseudo-random function under a key that it does not have. And should the shared key leak, the
 * same step still extracts from an exported key that nobody but the two peers knows. The salt is a hash of the shared
 * key, because HMAC itself cannot tell a short key from the same with a zero byte behind it, nor a long one from its hash.
 */
export function saltOf(sharedKey?: Uint8Array): Buffer {
  return sharedKey === undefined ? sha256(`${VERSION} no key`) : sha256(`${VERSION} shared key `, sharedKey)
}

/**
 * The key to sign with and those to accept, in the order of `salts`, 32 bytes each, for the caller to wipe.
 * Throws `ERR_NO_KEY_EXPORT` on a network without a handshake.
 */
export function deriveKeys(
  session: Session,
  salts: Salts,
  tagBytes: number
): { send: Buffer; receive: readonly Buffer[] } {
  const { topic, localPublicKey: local, remotePublicKey: remote } = session
  const outwards = bind(tagBytes, local, remote, topic)
  const inwards = bind(tagBytes, remote, local, topic)
  const exported = session.exportKey(VERSION)
  const keys = {
    send: hkdfSha256(exported.send, salts[0], outwards, KEY_BYTES),
    receive: salts.map(salt => hkdfSha256(exported.receive, salt, inwards, KEY_BYTES))
  }
  exported.send.fill(0)
  exported.receive.fill(0)
  return keys
}

/**
 * The core binds connection, session, direction and topic into the exported key already. Most of it is bound here once more,
 * so that a fault in one place alone never makes a forgery. `tagBytes` is bound so that no short tag begins a long one.
 */
function bind(tagBytes: number, sender: Buffer, receiver: Buffer, topic: string): Buffer {
  // Only the topic has no fixed length, and it stands last: no two sets of values give the same bytes.
  return Buffer.concat([Buffer.from(VERSION), Buffer.of(tagBytes), sender, receiver, Buffer.from(topic)])
}
