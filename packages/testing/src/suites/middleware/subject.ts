import { ok } from 'node:assert/strict'
import type { Layer, Middleware, Session } from 'peersockets/plugin'
import { withHeadroom } from '../session/headroom.js'
import { type Ends, TestConnection } from '../session/test-connection.js'
import { assertError } from '../suite.js'

/** What somebody on the path, or the peer, does with frames. */
export type FrameAttack =
  /** Changes any bit, or adds bytes in front or behind. */
  | 'tamper'
  /** Cuts off any number of bytes in front or behind. */
  | 'truncate'
  /** Delivers a frame again, also after the session was opened anew. */
  | 'replay'
  /** Delivers a frame after one that was sent later. */
  | 'reorder'
  /** Delivers a frame, but none of those before it. */
  | 'drop'
  /** Delivers a frame to who sent it. */
  | 'reflect'
  /** Delivers a frame on another topic, or on another connection. */
  | 'move'

/** What a middleware promises beyond the contract. */
export interface MiddlewarePromises {
  /** The largest frame it carries, in bytes, and the largest that it makes of a frame smaller than that. */
  maxFrameBytes: number
  /** How much longer than what was given a frame may be on the wire, in bytes. */
  maxOverheadBytes: number
  /** The attacks that it answers by rejecting the frame. Without `drop`, it goes on after frames that never came. */
  detects?: readonly FrameAttack[]
  /** True: it never makes anybody wait for a promise. */
  synchronous?: boolean
  /** Frames that it rejects, whatever came before. */
  rejects?: readonly Uint8Array[]
  /** Makes one with other secrets, the same each time, such as one other key: neither side takes the other's frames. */
  stranger?: () => Middleware
}

export interface MiddlewareSubject {
  /** A new middleware, of the same configuration each time. */
  create(): Middleware
  readonly promises: MiddlewarePromises
}

/** Both wires that peersockets speaks: what the sessions of a topic are like depends on it. */
export const WIRES = ['v1', 'v0'] as const

/** Middleware for both ends, made apart, as in two processes. */
export function createBoth({ create }: MiddlewareSubject): Ends<Middleware> {
  return { alice: create(), bob: create() }
}

/** Layers at both ends of a new session, each of a middleware of its own. */
export function openPair(
  subject: MiddlewareSubject,
  connection = new TestConnection(),
  topic?: string
): Ends<Layer> {
  return connection.open(createBoth(subject), topic)
}

/** The same, with the sessions that they were opened with. */
export function openSessions(subject: MiddlewareSubject): { sessions: Ends<Session>; layers: Ends<Layer> } {
  const { alice, bob } = createBoth(subject)
  const sessions = new TestConnection().sessions('chat', alice.name)
  return { sessions, layers: { alice: alice.open(sessions.alice), bob: bob.open(sessions.bob) } }
}

/** What the layer puts on the wire for `frame`. Neither buffer is seen by anybody else. */
export async function sent(layer: Layer, frame: Buffer): Promise<Buffer> {
  return Buffer.from(assertBuffer(await layer.send(withHeadroom(frame)), 'send'))
}

/** What the layer takes out of `frame`. */
export async function received(layer: Layer, frame: Buffer): Promise<Buffer> {
  return Buffer.from(assertBuffer(await layer.receive(Buffer.from(frame)), 'receive'))
}

/** Whether the layer rejects `frame`, with an error as it should. */
export async function rejects(layer: Layer, frame: Buffer): Promise<boolean> {
  let body: Buffer
  try {
    body = await layer.receive(Buffer.from(frame))
  } catch (thrown) {
    assertError(thrown, `receive of ${frame.length} bytes`)
    return true
  }
  assertBuffer(body, 'receive')
  return false
}

/** Fails unless `layer` rejects each of `frames`. */
export async function assertRejects(layer: Layer, frames: Iterable<Buffer>, what: string): Promise<void> {
  let number = 0
  for (const frame of frames) {
    ok(await rejects(layer, frame), `${what} was taken: number ${number}, of ${frame.length} bytes`)
    number++
  }
}

/** Fails unless what `from` sends arrives at `to` as it was. */
export async function assertCarries(from: Layer, to: Layer, frame: Buffer, when: string): Promise<void> {
  const body = await received(to, await sent(from, frame))
  ok(body.equals(frame), `a frame of ${frame.length} bytes did not arrive as it was sent ${when}`)
}

export function assertBuffer(result: unknown, call: string): Buffer {
  ok(Buffer.isBuffer(result), `${call} gave something that is no Buffer`)
  return result
}
