import { createHash, createHmac, randomBytes } from 'node:crypto'
import type { Layer, Middleware, Session } from 'peersockets/plugin'

/** Both ends of a connection, or of a topic on one. */
export interface Ends<T> {
  readonly alice: T
  readonly bob: T
}

/** What a handshake leaves behind, 32 bytes each. */
export interface Secrets {
  readonly alicePublicKey: Buffer
  readonly bobPublicKey: Buffer
  /** Behind the keys for what Alice sends. */
  readonly aliceToBob: Buffer
  readonly bobToAlice: Buffer
}

/**
 * A connection between Alice and Bob as its handshake leaves it: sessions with secrets that nobody else has, and no
 * network. What one layer sends, the test hands to the other, or does not.
 */
export class TestConnection {
  readonly #secrets: Secrets
  readonly #sessions = new Map<string, Ends<Session>>()

  /** Secrets that are not given are random. */
  constructor(secrets: Partial<Secrets> = {}) {
    const random = () => randomBytes(32)
    this.#secrets = {
      alicePublicKey: random(),
      bobPublicKey: random(),
      aliceToBob: random(),
      bobToAlice: random(),
      ...secrets
    }
  }

  /** The sessions of `topic`, the same objects for as long as the connection lives. */
  sessions(topic = 'chat'): Ends<Session> {
    let sessions = this.#sessions.get(topic)
    if (sessions === undefined) {
      const { alicePublicKey, bobPublicKey, aliceToBob, bobToAlice } = this.#secrets
      const end = (local: Buffer, remote: Buffer, outwards: Buffer, inwards: Buffer): Session => ({
        topic,
        peer: { remotePublicKey: remote },
        localPublicKey: local,
        remotePublicKey: remote,
        exportKey: label => ({
          send: exported(outwards, topic, label),
          receive: exported(inwards, topic, label)
        }),
        extend
      })
      sessions = {
        alice: end(alicePublicKey, bobPublicKey, aliceToBob, bobToAlice),
        bob: end(bobPublicKey, alicePublicKey, bobToAlice, aliceToBob)
      }
      this.#sessions.set(topic, sessions)
    }
    return sessions
  }

  /** Opens the topic on both ends, as a join does. */
  open(middleware: Middleware | Ends<Middleware>, topic?: string): Ends<Layer> {
    const { alice, bob } = this.sessions(topic)
    const both = 'open' in middleware ? { alice: middleware, bob: middleware } : middleware
    return { alice: both.alice.open(alice), bob: both.bob.open(bob) }
  }
}

/** Around a frame of {@link withRoom}, in bytes. */
const ROOM_BYTES = 64

const roomy = new WeakSet<Buffer>()

/** A copy of `frame` that a session can extend where it is, as peersockets can most of the frames that it sends. */
export function withRoom(frame: Buffer): Buffer {
  const memory = Buffer.alloc(frame.length + 2 * ROOM_BYTES, 0xa5)
  const copy = memory.subarray(ROOM_BYTES, ROOM_BYTES + frame.length)
  frame.copy(copy)
  roomy.add(copy)
  return copy
}

function extend(frame: Buffer, before: number, after: number): Buffer {
  const length = before + frame.length + after
  if (roomy.has(frame) && before <= ROOM_BYTES && after <= ROOM_BYTES)
    return Buffer.from(frame.buffer, frame.byteOffset - before, length)
  // Not zeros: what a layer does not write has whatever was there before.
  const extended = Buffer.alloc(length, 0xa5)
  frame.copy(extended, before)
  return extended
}

/** Another one for every topic and label, as the core derives them, and in a new buffer each time. */
function exported(secret: Buffer, topic: string, label: string): Buffer {
  const name = createHash('sha256')
    .update(JSON.stringify([topic, label]))
    .digest()
  return createHmac('sha256', secret).update(name).digest()
}
