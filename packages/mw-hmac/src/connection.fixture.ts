import { createHash, createHmac, randomBytes } from 'node:crypto'
import { type ErrorCode, type Layer, type Middleware, PeersocketsError, type Session } from 'peersockets'
import { expect } from 'vitest'

/** Both ends of a topic on a connection. */
export interface Ends<T> {
  readonly alice: T
  readonly bob: T
}

export interface Secrets {
  readonly alicePublicKey: Buffer
  readonly bobPublicKey: Buffer
  /** Behind the keys for what Alice sends, 32 bytes. */
  readonly aliceToBob: Buffer
  readonly bobToAlice: Buffer
}

/** A connection between Alice and Bob as a handshake leaves it: secrets that nobody else has, and nothing on the wire. */
export class TestConnection {
  readonly #secrets: Secrets
  readonly #sessions = new Map<string, Ends<Session>>()

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
        })
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

/** As the core derives them: another one for every topic and label. */
function exported(secret: Buffer, topic: string, label: string): Buffer {
  const name = createHash('sha256')
    .update(JSON.stringify([topic, label]))
    .digest()
  return createHmac('sha256', secret).update(name).digest()
}

/** The error that `call` throws; fails when it throws none, or one that is not of peersockets. */
export function errorOf(call: () => unknown): PeersocketsError {
  let result: unknown
  try {
    result = call()
  } catch (error) {
    if (error instanceof PeersocketsError) return error
    throw error
  }
  return expect.unreachable(`nothing was thrown, but ${String(result)} returned`)
}

/** The code of the error that `call` throws. */
export function codeOf(call: () => unknown): ErrorCode {
  return errorOf(call).code
}

/** The frame that `layer` makes of `text`; the signer is synchronous, and anything else fails. */
export function signedBy(layer: Layer, text: string | Buffer): Buffer {
  return now(layer.send(Buffer.from(text)))
}

/** What `layer` accepts out of `frame`. */
export function acceptedBy(layer: Layer, frame: Buffer): string {
  return now(layer.receive(frame)).toString()
}

export function now(result: Buffer | Promise<Buffer>): Buffer {
  if (result instanceof Promise) throw new Error('the signer returned a promise')
  return result
}

/** A copy of `frame` with one bit changed; the first byte holds bits 0 to 7. */
export function flipped(frame: Buffer, bit: number): Buffer {
  const copy = Buffer.from(frame)
  copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
  return copy
}
