import { ok } from 'node:assert/strict'
import type { Layer, Middleware } from 'peersockets/plugin'
import { type Ends, TestConnection } from '../session/test-connection.js'
import { bytesOf, type Check, flipped } from '../suite.js'
import {
  assertCarries,
  assertRejects,
  createBoth,
  type FrameAttack,
  type MiddlewareSubject,
  openPair,
  received,
  rejects,
  sent,
  WIRES
} from './subject.js'

const BODIES = [0, 1, 100].map(size => bytesOf(`attacked ${size}`, size))

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

export function* truncated(frame: Buffer): Iterable<Buffer> {
  for (let length = 0; length < frame.length; length++) {
    yield frame.subarray(0, length)
    yield frame.subarray(frame.length - length)
  }
}

/** Records frames, and hands them to Bob again: at once, and after more sessions were opened and closed. */
async function assertNoReplay(
  subject: MiddlewareSubject,
  connection: TestConnection,
  wire: string
): Promise<void> {
  const middleware = createBoth(subject)
  const { alice, bob } = connection.open(middleware)
  const recorded: Buffer[] = []
  const record = async (layers: Ends<Layer>, body: Buffer) => {
    const frame = await sent(layers.alice, body)
    await received(layers.bob, frame)
    recorded.push(frame)
  }
  for (const body of BODIES) {
    await record({ alice, bob }, body)
    await assertRejects(bob, recorded, 'a frame that came again')
  }
  await assertCarries(alice, bob, Buffer.from('next'), 'after frames that came again')
  /** Opens both ends, rejects all that was recorded, before a good frame and after it, and records that. */
  const again = async (both: Ends<Middleware>, what: string) => {
    const layers = connection.open(both)
    await assertRejects(layers.bob, recorded, `on ${wire} a frame from before ${what}`)
    await record(layers, Buffer.from('again'))
    await assertRejects(layers.bob, recorded, `on ${wire} a frame from before ${what}`)
    layers.alice.close?.()
    layers.bob.close?.()
  }
  await again(middleware, 'the same middleware opened beside itself')
  alice.close?.()
  bob.close?.()
  await again(middleware, 'the session was opened again')
  await again(createBoth(subject), 'a new middleware opened the session')
  const { stranger } = subject.promises
  if (stranger === undefined) return
  await again({ alice: stranger(), bob: stranger() }, 'one with other secrets opened the session')
  await again(middleware, 'another was in use for a while')
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
      for (const wire of WIRES) await assertNoReplay(subject, new TestConnection({}, { wire }), wire)
    }
  },
  reorder: {
    promise: 'detects frames that come after later ones',
    async run(subject) {
      for (const wire of WIRES) {
        const connection = new TestConnection({}, { wire })
        const { alice, bob } = openPair(subject, connection)
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
        const again = openPair(subject, connection)
        await assertRejects(again.bob, [second], 'a frame that came too late for its session')
      }
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
