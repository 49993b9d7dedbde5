import { ok } from 'node:assert/strict'
import type { Layer, Middleware } from 'peersockets/plugin'
import { TestConnection } from '../../session/test-connection.js'
import { bytesOf, type Check, flipped } from '../suite.js'
import {
  assertCarries,
  type FrameAttack,
  type MiddlewareSubject,
  openPair,
  received,
  rejects,
  sent
} from './subject.js'

const BODIES = [0, 1, 100].map(size => bytesOf(`attacked ${size}`, size))

/** Fails unless `layer` rejects each of `frames`. */
async function assertRejects(layer: Layer, frames: Iterable<Buffer>, what: string): Promise<void> {
  let number = 0
  for (const frame of frames) {
    ok(await rejects(layer, frame), `${what} was taken: number ${number}, of ${frame.length} bytes`)
    number++
  }
}

/** Rejects everything that `deface` makes of good frames, and takes those. */
function assertGenuineOnly(
  what: string,
  deface: (frame: Buffer) => Iterable<Buffer>
): (subject: MiddlewareSubject) => Promise<void> {
  return async subject => {
    const { alice, bob } = openPair(subject)
    for (const body of BODIES) {
      const frame = await sent(alice, body)
      await assertRejects(bob, deface(frame), what)
      ok((await received(bob, frame)).equals(body), `a good frame was spoilt by ${what} before it`)
    }
  }
}

function* tampered(frame: Buffer): Iterable<Buffer> {
  for (let bit = 0; bit < frame.length * 8; bit++) yield flipped(frame, bit)
  for (const byte of [0x00, 0x01, 0x80, 0xff]) {
    yield Buffer.concat([Buffer.of(byte), frame])
    yield Buffer.concat([frame, Buffer.of(byte)])
  }
}

function* truncated(frame: Buffer): Iterable<Buffer> {
  for (let length = 0; length < frame.length; length++) {
    yield frame.subarray(0, length)
    yield frame.subarray(frame.length - length)
  }
}

/** By the attack that a middleware says it detects. */
export const detections: Readonly<Record<FrameAttack, Check<MiddlewareSubject>>> = {
  tamper: {
    promise: 'detects frames that were changed',
    run: assertGenuineOnly('a changed frame', tampered)
  },
  truncate: {
    promise: 'detects frames that were cut',
    run: assertGenuineOnly('a cut frame', truncated)
  },
  replay: {
    promise: 'detects frames that come again, also when the session was opened anew',
    async run(subject) {
      const connection = new TestConnection()
      const middleware = { alice: subject.create(), bob: subject.create() }
      const { alice, bob } = connection.open(middleware)
      const recorded: Buffer[] = []
      for (const body of BODIES) {
        const frame = await sent(alice, body)
        await received(bob, frame)
        recorded.push(frame)
        await assertRejects(bob, recorded, 'a frame that came again')
      }
      await assertCarries(alice, bob, Buffer.from('next'), 'after frames that came again')
      bob.close?.()
      const again = middleware.bob.open(connection.sessions().bob)
      await assertRejects(again, recorded, 'a frame from before the session was opened again')
      again.close?.()
      const other = subject.create().open(connection.sessions().bob)
      await assertRejects(other, recorded, 'a frame from before a new middleware opened the session')
    }
  },
  reorder: {
    promise: 'detects frames that come after later ones',
    async run(subject) {
      const { alice, bob } = openPair(subject)
      const frames: Buffer[] = []
      for (const body of BODIES) frames.push(await sent(alice, body))
      const [first, second, third] = frames
      if (first === undefined || second === undefined || third === undefined)
        throw new Error('three were sent')
      await received(bob, first)
      // Whether it took the third is a matter of `drop`.
      await rejects(bob, third)
      if (subject.promises.detects?.includes('drop') === true) return
      await assertRejects(bob, [second, first], 'a frame that came too late')
      await assertCarries(alice, bob, Buffer.from('next'), 'after frames that came too late')
    }
  },
  drop: {
    promise: 'detects that frames before this one never came',
    async run(subject) {
      const { alice, bob } = openPair(subject)
      await assertCarries(alice, bob, Buffer.from('first'), 'at the beginning')
      await sent(alice, Buffer.from('lost'))
      await assertRejects(bob, [await sent(alice, Buffer.from('after'))], 'a frame behind a gap')
    }
  },
  reflect: {
    promise: 'detects frames that are sent back',
    async run(subject) {
      const { alice, bob } = openPair(subject)
      for (const body of BODIES) {
        const frame = await sent(alice, body)
        await assertRejects(alice, [frame], 'a frame that was sent back')
        ok((await received(bob, frame)).equals(body), 'a good frame was spoilt by its reflection')
      }
    }
  },
  move: {
    promise: 'detects frames of another topic and of another connection',
    async run(subject) {
      const connection = new TestConnection()
      const here = openPair(subject, connection)
      const otherTopic = openPair(subject, connection, 'cursors')
      const elsewhere = openPair(subject)
      for (const body of BODIES) {
        const frame = await sent(here.alice, body)
        await assertRejects(otherTopic.bob, [frame], 'a frame of another topic')
        await assertRejects(elsewhere.bob, [frame], 'a frame of another connection')
        ok((await received(here.bob, frame)).equals(body), 'a good frame was spoilt elsewhere')
      }
    }
  }
}

/** Unless it says that it detects a gap. */
export const goesOnAfterGap: Check<MiddlewareSubject> = {
  promise: 'goes on after frames that never came, as for one who joins late',
  async run(subject) {
    const { alice, bob } = openPair(subject)
    for (let lost = 0; lost < 5; lost++) await sent(alice, Buffer.from(`before Bob came ${lost}`))
    for (let round = 0; round < 5; round++) {
      await assertCarries(alice, bob, Buffer.from(`round ${round}`), 'after frames that never came')
      for (let lost = 0; lost < round; lost++) await sent(alice, Buffer.from('lost'))
    }
  }
}

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
  judge: (hostileFrame: Buffer, bob: Layer, good: Buffer, body: Buffer) => Promise<void>
): Promise<void> {
  const body = Buffer.from('a good frame')
  for (let number = 0; ; number++) {
    const { alice, bob } = openPair(subject)
    const earlier = await sent(alice, Buffer.from('an earlier one'))
    await received(bob, earlier)
    const good = await sent(alice, body)
    const frame = [...hostile(good, earlier, await sent(bob, body))][number]
    if (frame === undefined) return
    await judge(frame, bob, good, body)
  }
}

export const hostility: readonly Check<MiddlewareSubject>[] = [
  {
    promise: 'gives a Buffer or an error for any frame whatever',
    run: subject =>
      underAttack(subject, async (frame, bob) => {
        await rejects(bob, frame)
      })
  },
  {
    promise: 'keeps no trace of a frame that it rejected',
    run: subject =>
      underAttack(subject, async (frame, bob, good, body) => {
        if (!(await rejects(bob, frame))) return
        const next = await received(bob, good).catch((cause: unknown) => {
          throw new Error(`a good frame was rejected behind a hostile one of ${frame.length} bytes`, {
            cause
          })
        })
        ok(next.equals(body), `a good frame was spoilt by a hostile one of ${frame.length} bytes`)
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
      for (const body of BODIES) {
        await assertRejects(bob, [await sent(alice, body)], 'a frame of a stranger')
        await assertRejects(alice, [await sent(bob, body)], 'a frame for a stranger')
      }
    }
  }
}
