import { createHash, randomBytes } from 'node:crypto'
import {
  type ErrorCode,
  type ExportedKey,
  type Layer,
  type Middleware,
  PeersocketsError,
  type Session
} from 'peersockets'
import { expect } from 'vitest'

/** Both ends of a topic on a connection. */
export interface Ends<T> {
  readonly alice: T
  readonly bob: T
}

/** A connection between Alice and Bob as a handshake leaves it: secrets that nobody else has, and nothing on the wire. */
export class TestConnection {
  readonly #aliceToBob = randomBytes(32)
  readonly #bobToAlice = randomBytes(32)
  readonly #publicKeys: Ends<Buffer>
  readonly #sessions = new Map<string, Ends<Session>>()

  constructor(publicKeys: Ends<Buffer> = { alice: randomBytes(32), bob: randomBytes(32) }) {
    this.#publicKeys = publicKeys
  }

  /** The sessions of `topic`, the same objects for as long as the connection lives. */
  sessions(topic = 'board'): Ends<Session> {
    let sessions = this.#sessions.get(topic)
    if (sessions === undefined) {
      const out = (label: string) => exported(this.#aliceToBob, topic, label)
      const back = (label: string) => exported(this.#bobToAlice, topic, label)
      const { alice, bob } = this.#publicKeys
      sessions = {
        alice: sessionOf(topic, alice, bob, label => ({ send: out(label), receive: back(label) })),
        bob: sessionOf(topic, bob, alice, label => ({ send: back(label), receive: out(label) }))
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

export function sessionOf(
  topic: string,
  localPublicKey: Buffer,
  remotePublicKey: Buffer,
  exportKey: (label: string) => ExportedKey
): Session {
  return { topic, peer: { remotePublicKey }, localPublicKey, remotePublicKey, exportKey }
}

/** As the core derives them: another one for every topic and label. */
function exported(secret: Buffer, topic: string, label: string): Buffer {
  return createHash('sha256')
    .update(secret)
    .update(JSON.stringify([topic, label]))
    .digest()
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

/** The frame that `layer` makes of `text`; the layer is synchronous, and anything else fails. */
export function sealedBy(layer: Layer, text: string | Buffer): Buffer {
  return now(layer.send(Buffer.from(text)))
}

/** What `layer` makes out of `frame`. */
export function openedBy(layer: Layer, frame: Buffer): string {
  return now(layer.receive(frame)).toString()
}

export function now(result: Buffer | Promise<Buffer>): Buffer {
  if (result instanceof Promise) throw new Error('the layer returned a promise')
  return result
}

/** A copy of `frame` with one bit changed; the first byte holds bits 0 to 7. */
export function flipped(frame: Buffer, bit: number): Buffer {
  const copy = Buffer.from(frame)
  copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
  return copy
}
