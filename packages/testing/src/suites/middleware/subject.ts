import { ok } from 'node:assert/strict'
import type { Layer, Middleware } from 'peersockets/plugin'
import { type Ends, TestConnection, withRoom } from '../../session/test-connection.js'
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
  /** Makes one with other secrets, such as another key: neither side takes the other's frames. */
  stranger?: () => Middleware
}

export interface MiddlewareSubject {
  /** A new middleware, of the same configuration each time. */
  create(): Middleware
  readonly promises: MiddlewarePromises
}

/** Layers at both ends, each of a middleware of its own, as in two processes. */
export function openPair(
  subject: MiddlewareSubject,
  connection = new TestConnection(),
  topic?: string
): Ends<Layer> {
  return connection.open({ alice: subject.create(), bob: subject.create() }, topic)
}

/** What the layer puts on the wire for `frame`. Neither buffer is seen by anybody else. */
export async function sent(layer: Layer, frame: Buffer): Promise<Buffer> {
  return Buffer.from(assertBuffer(await layer.send(withRoom(frame)), 'send'))
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

/** Fails unless what `from` sends arrives at `to` as it was. */
export async function assertCarries(from: Layer, to: Layer, frame: Buffer, when: string): Promise<void> {
  const body = await received(to, await sent(from, frame))
  ok(body.equals(frame), `a frame of ${frame.length} bytes did not arrive as it was sent ${when}`)
}

export function assertBuffer(result: unknown, call: string): Buffer {
  ok(Buffer.isBuffer(result), `${call} gave something that is no Buffer`)
  return result
}
