import { ok } from 'node:assert/strict'
import type { Layer } from 'peersockets/plugin'
import { type Ends, TestConnection } from '../session/test-connection.js'
import { assertContract, bytesOf, type Check } from '../suite.js'
import {
  assertBuffer,
  assertCarries,
  createBoth,
  type MiddlewareSubject,
  openPair,
  received,
  sent,
  WIRES
} from './subject.js'

/** Sizes at which lengths, blocks and counters change their form, up to `max`. */
function sizesUpTo(max: number): number[] {
  const edges = [1, 16, 64, 128, 256, 1024, 16_384, 65_536, 1_048_576].flatMap(size => [
    size - 1,
    size,
    size + 1
  ])
  return [...new Set([...edges.filter(size => size < max), max])]
}

/** Two frames of each size: one that no compression makes shorter, one that any does. */
function bodies(max: number): Buffer[] {
  return sizesUpTo(max).flatMap(size => [
    bytesOf(`body ${size}`, size),
    Buffer.alloc(size, 'the same again ')
  ])
}

/** Fails unless what goes out through the layers of one end arrives through those of the other as it was. */
async function assertPasses(from: readonly Layer[], to: readonly Layer[], body: Buffer): Promise<void> {
  let frame = body
  for (const layer of from) frame = await sent(layer, frame)
  for (const layer of [...to].reverse()) frame = await received(layer, frame)
  ok(frame.equals(body), 'a frame did not arrive as it was sent through two in a row')
}

export const carrying: readonly Check<MiddlewareSubject>[] = [
  {
    promise: 'has a name, and is made for version 2 of the contract',
    run({ create }) {
      const [one, other] = [create(), create()]
      assertContract(one)
      for (const member of ['name', 'wire', 'scope'] as const)
        ok(one[member] === other[member], `its ${member} is not the same each time`)
    }
  },
  {
    promise: 'opens a layer at once',
    run({ create }) {
      const layer: Partial<Layer> & { then?: unknown } = create().open(new TestConnection().sessions().alice)
      ok(typeof layer.then !== 'function', 'open gave a promise')
      ok(
        typeof layer.send === 'function' && typeof layer.receive === 'function',
        'a layer has send and receive'
      )
    }
  },
  {
    promise: 'gives Buffers, or promises of them',
    async run(subject) {
      const { alice, bob } = openPair(subject)
      const frame = assertBuffer(await alice.send(Buffer.from('hi')), 'send')
      assertBuffer(await bob.receive(Buffer.from(frame)), 'receive')
    }
  },
  {
    promise: 'brings back frames of 0 bytes up to maxFrameBytes, in both directions',
    async run(subject) {
      const { alice, bob } = openPair(subject)
      for (const body of bodies(subject.promises.maxFrameBytes)) {
        await assertCarries(alice, bob, body, 'from Alice to Bob')
        await assertCarries(bob, alice, body, 'from Bob to Alice')
      }
    }
  },
  {
    promise: 'keeps the order of frames',
    async run(subject) {
      const { alice, bob } = openPair(subject)
      const texts = Array.from({ length: 50 }, (_, at) => `frame ${at}`)
      const wire: Buffer[] = []
      for (const text of texts) wire.push(await sent(alice, Buffer.from(text)))
      const arrived: string[] = []
      for (const frame of wire) arrived.push((await received(bob, frame)).toString())
      ok(arrived.join() === texts.join(), `frames arrived as ${arrived.join(', ')}`)
    }
  },
  {
    promise: 'adds at most maxOverheadBytes to a frame',
    async run(subject) {
      const { maxFrameBytes, maxOverheadBytes } = subject.promises
      const { alice } = openPair(subject)
      for (const body of bodies(maxFrameBytes)) {
        const added = (await sent(alice, body)).length - body.length
        ok(
          added <= maxOverheadBytes,
          `a frame of ${body.length} bytes grew by ${added}, over ${maxOverheadBytes}`
        )
      }
    }
  },
  {
    promise: 'makes of no frame more than maxFrameBytes, unless it was longer itself',
    async run(subject) {
      const { maxFrameBytes } = subject.promises
      const { alice, bob } = openPair(subject)
      const large = Buffer.alloc(maxFrameBytes * 2 + 1024)
      let frame: Buffer
      let body: Buffer
      try {
        frame = await alice.send(large)
        body = await bob.receive(Buffer.from(frame))
      } catch {
        // Refused, on whichever side.
        return
      }
      const bound = Math.max(frame.length, maxFrameBytes)
      ok(body.length <= bound, `${frame.length} bytes on the wire became ${body.length}, over ${bound}`)
    }
  },
  {
    promise: 'works in both directions at the same time',
    async run(subject) {
      const { alice, bob } = openPair(subject)
      let toBob = await sent(alice, Buffer.from('to Bob 0'))
      let toAlice = await sent(bob, Buffer.from('to Alice 0'))
      for (let round = 1; round <= 20; round++) {
        const [nextToBob, nextToAlice, atBob, atAlice] = await Promise.all([
          sent(alice, Buffer.from(`to Bob ${round}`)),
          sent(bob, Buffer.from(`to Alice ${round}`)),
          received(bob, toBob),
          received(alice, toAlice)
        ])
        ok(atBob.toString() === `to Bob ${round - 1}`, 'what Bob got is not what Alice sent')
        ok(atAlice.toString() === `to Alice ${round - 1}`, 'what Alice got is not what Bob sent')
        toBob = nextToBob
        toAlice = nextToAlice
      }
    }
  },
  {
    promise: 'works also where the network itself detects changes',
    async run(subject) {
      const { alice, bob } = openPair(subject, new TestConnection({}, { authenticated: true }))
      for (const body of bodies(Math.min(subject.promises.maxFrameBytes, 1024))) {
        await assertCarries(alice, bob, body, 'on a network that detects changes')
        await assertCarries(bob, alice, body, 'on a network that detects changes')
      }
    }
  },
  {
    promise: 'works twice in one pipeline',
    async run(subject) {
      const { create } = subject
      const both = createBoth(subject)
      for (const wire of WIRES) {
        const connection = new TestConnection({}, { wire })
        for (const pipelines of [
          { alice: [both.alice, both.alice], bob: [both.bob, both.bob] },
          { alice: [create(), create()], bob: [create(), create()] }
        ]) {
          const { alice, bob } = connection.openAll(pipelines)
          for (let round = 0; round < 5; round++) {
            await assertPasses(alice, bob, Buffer.from(`ping ${round}`))
            await assertPasses(bob, alice, Buffer.from(`pong ${round}`))
          }
        }
      }
    }
  },
  {
    promise: 'keeps the topics and connections apart that it serves at once',
    async run({ create }) {
      const both = { alice: create(), bob: create() }
      const pairs: Ends<Layer>[] = [new TestConnection(), new TestConnection()].flatMap(connection =>
        ['chat', 'cursors'].map(topic => connection.open(both, topic))
      )
      for (let round = 0; round < 5; round++) {
        const text = (at: number) => Buffer.from(`session ${at}, round ${round}`)
        for (const [from, to] of [
          ['alice', 'bob'],
          ['bob', 'alice']
        ] as const) {
          const wire: Buffer[] = []
          for (const [at, pair] of pairs.entries()) wire.push(await sent(pair[from], text(at)))
          // In another order than they were sent in: what the sessions share is at odds.
          for (const [at, pair] of [...pairs.entries()].reverse()) {
            const body = await received(pair[to], wire[at] ?? Buffer.alloc(0))
            ok(body.equals(text(at)), `session ${at} was disturbed by another`)
          }
        }
      }
    }
  }
]

/** Where it says `wire: false`. */
export const changesNothing: Check<MiddlewareSubject> = {
  promise: 'changes no byte, as it says, so that the peer need not have it',
  async run({ create, promises }) {
    const { alice } = new TestConnection().openAll({ alice: [create()], bob: [] })
    const [layer] = alice
    if (layer === undefined) throw new Error('it was opened')
    for (const body of bodies(promises.maxFrameBytes)) {
      ok((await sent(layer, body)).equals(body), `send changed a frame of ${body.length} bytes`)
      ok((await received(layer, body)).equals(body), `receive changed a frame of ${body.length} bytes`)
    }
  }
}

export const atOnce: Check<MiddlewareSubject> = {
  promise: 'makes nobody wait: it is synchronous',
  run(subject) {
    const { alice, bob } = openPair(subject)
    const frame = alice.send(Buffer.from('hi'))
    ok(Buffer.isBuffer(frame), 'send gave no Buffer at once')
    ok(Buffer.isBuffer(bob.receive(Buffer.from(frame))), 'receive gave no Buffer at once')
  }
}
