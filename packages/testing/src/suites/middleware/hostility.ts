import { deepStrictEqual, ok } from 'node:assert/strict'
import type { Layer, Middleware, Session } from 'peersockets/plugin'
import { TestConnection } from '../session/test-connection.js'
import { bytesOf, type Check, flipped } from '../suite.js'
import { truncated } from './detections.js'
import {
  assertCarries,
  assertRejects,
  type MiddlewareSubject,
  openPair,
  openSessions,
  received,
  rejects,
  sent
} from './subject.js'

const BODY = Buffer.from('a good frame')

/** What a peer may send that has no middleware, an older one, or bad intentions. */
function* hostile(frame: Buffer, earlier: Buffer, reflected: Buffer): Iterable<Buffer> {
  yield Buffer.alloc(0)
  for (const length of [1, 2, 5, 16, 22, 64, 1000, 70_000]) {
    yield Buffer.alloc(length)
    yield Buffer.alloc(length, 0xff)
    yield bytesOf(`hostile ${length}`, length)
  }
  for (let bit = 0; bit < frame.length * 8; bit += 7) yield flipped(frame, bit)
  yield* truncated(frame)
  yield Buffer.concat([frame, frame])
  yield Buffer.concat([earlier.subarray(0, earlier.length >> 1), frame.subarray(frame.length >> 1)])
  yield earlier
  yield reflected
}

/** Hands Bob one hostile frame after another, each on a connection of its own, between two good ones. */
async function underAttack(
  subject: MiddlewareSubject,
  judge: (hostileFrame: Buffer, bob: Layer, good: Buffer, counters: Session['counters']) => Promise<void>
): Promise<void> {
  for (let number = 0; ; number++) {
    const { sessions, layers } = openSessions(subject)
    const { alice, bob } = layers
    const earlier = await sent(alice, Buffer.from('an earlier one'))
    await received(bob, earlier)
    const good = await sent(alice, BODY)
    const frame = [...hostile(good, earlier, await sent(bob, BODY))][number]
    if (frame === undefined) return
    await judge(frame, bob, good, sessions.bob.counters)
  }
}

export const hostility: readonly Check<MiddlewareSubject>[] = [
  {
    promise: 'gives a Buffer or an error for any frame',
    run: subject =>
      underAttack(subject, async (frame, bob) => {
        await rejects(bob, frame)
      })
  },
  {
    promise: 'keeps no trace of a frame that it rejected',
    run: subject =>
      underAttack(subject, async (frame, bob, good, counters) => {
        const before = { ...counters }
        if (!(await rejects(bob, frame))) return
        deepStrictEqual({ ...counters }, before, `a hostile frame of ${frame.length} bytes was counted`)
        const next = await received(bob, good).catch((cause: unknown) => {
          throw new Error(`a good frame was rejected behind a hostile one of ${frame.length} bytes`, {
            cause
          })
        })
        ok(next.equals(BODY), `a good frame was spoilt by a hostile one of ${frame.length} bytes`)
      })
  }
]

export function rejectsDeclared(frames: readonly Uint8Array[]): Check<MiddlewareSubject> {
  return {
    promise: 'rejects the frames that it says it rejects',
    async run(subject) {
      const { alice, bob } = openPair(subject)
      await assertRejects(
        bob,
        frames.map(frame => Buffer.from(frame)),
        'a frame that is declared as rejected'
      )
      await assertCarries(alice, bob, Buffer.from('next'), 'after frames that were rejected')
    }
  }
}

export function rejectsStranger(stranger: () => Middleware): Check<MiddlewareSubject> {
  return {
    promise: 'takes no frame of a stranger, nor a stranger one of it',
    async run(subject) {
      const { alice, bob } = new TestConnection().open({ alice: stranger(), bob: subject.create() })
      for (const text of ['', 'x', 'a frame of a stranger']) {
        await assertRejects(bob, [await sent(alice, Buffer.from(text))], 'a frame of a stranger')
        await assertRejects(alice, [await sent(bob, Buffer.from(text))], 'a frame for a stranger')
      }
    }
  }
}
