import { randomBytes } from 'node:crypto'
import { TestConnection } from '@peersockets/testing'
import fc from 'fast-check'
import type { Layer, Middleware, Session } from 'peersockets/plugin'
import { describe, expect, test } from 'vitest'
import { hmac } from './index.js'
import { acceptedBy, codeOf, scoped, signedBy } from './signing.fixture.js'

const old = randomBytes(32)
const fresh = randomBytes(32)

const understands = (receiver: Layer, sender: Layer): boolean => {
  const frame = signedBy(sender, 'hi')
  try {
    return acceptedBy(receiver, frame) === 'hi'
  } catch {
    return false
  }
}

describe('keys', () => {
  test('of one is the same as key', () => {
    const { alice, bob } = new TestConnection().open({
      alice: hmac({ key: old }),
      bob: hmac({ keys: [old] })
    })
    expect(understands(bob, alice) && understands(alice, bob)).toBe(true)
  })

  test('signs with the first', () => {
    const { alice, bob } = new TestConnection().open({
      alice: hmac({ keys: [fresh, old] }),
      bob: hmac({ key: old })
    })
    expect(codeOf(() => bob.receive(signedBy(alice, 'hi')))).toBe('ERR_BAD_SIGNATURE')
  })

  test('accepts any, in any order, and from now on the other', () => {
    const keys = Array.from({ length: 16 }, () => randomBytes(32))
    const { alice, bob } = new TestConnection().sessions()
    const receiver = hmac({ keys }).open(bob)
    for (const key of [...keys, ...keys.toReversed()]) {
      const sender = hmac({ key }).open(alice)
      expect(acceptedBy(receiver, signedBy(sender, 'one'))).toBe('one')
      expect(acceptedBy(receiver, signedBy(sender, 'two'))).toBe('two')
    }
  })

  test('may be changed by the caller afterwards: they were copied', () => {
    const given = Buffer.from(old)
    const list = [given]
    const middleware = hmac({ keys: list })
    given.fill(0)
    list.length = 0
    const { alice, bob } = new TestConnection().open({ alice: middleware, bob: hmac({ key: old }) })
    expect(understands(bob, alice) && understands(alice, bob)).toBe(true)
  })
})

describe('a roll-out in three steps loses nothing', () => {
  const steps = [[old], [old, fresh], [fresh, old], [fresh]]

  test.for([
    [0, 1],
    [1, 2],
    [2, 3]
  ] as const)('step %i and step %i understand each other both ways', ([one, other]) => {
    const { alice, bob } = new TestConnection().open({
      alice: hmac({ keys: steps[one] ?? [] }),
      bob: hmac({ keys: steps[other] ?? [] })
    })
    expect(understands(bob, alice)).toBe(true)
    expect(understands(alice, bob)).toBe(true)
  })

  test('a member that leaves out the first step is not believed by those that do not know the new key', () => {
    const { alice, bob } = new TestConnection().open({
      alice: hmac({ keys: [fresh, old] }),
      bob: hmac({ keys: [old] })
    })
    expect(understands(alice, bob)).toBe(true)
    expect(understands(bob, alice)).toBe(false)
  })

  test('on a live connection, one side after the other', () => {
    const { alice, bob } = new TestConnection().sessions()
    const layers = { alice: hmac({ key: old }).open(alice), bob: hmac({ key: old }).open(bob) }
    for (const keys of steps) {
      layers.alice.close?.()
      layers.alice = hmac({ keys }).open(alice)
      expect(understands(layers.bob, layers.alice) && understands(layers.alice, layers.bob)).toBe(true)
      layers.bob.close?.()
      layers.bob = hmac({ keys }).open(bob)
      expect(understands(layers.bob, layers.alice) && understands(layers.alice, layers.bob)).toBe(true)
    }
  })
})

describe('a rotation is no way around the counter', () => {
  test('a frame accepted before is a replay while its key is accepted, and a bad signature afterwards', () => {
    const { alice, bob: session } = new TestConnection().sessions()
    const recorded = signedBy(hmac({ key: old }).open(alice), 'recorded')
    const bob = hmac({ key: old }).open(session)
    acceptedBy(bob, recorded)
    bob.close?.()
    for (const keys of [
      [old, fresh],
      [fresh, old]
    ]) {
      expect(codeOf(() => hmac({ keys }).open(session).receive(recorded))).toBe('ERR_REPLAYED')
    }
    expect(codeOf(() => hmac({ key: fresh }).open(session).receive(recorded))).toBe('ERR_BAD_SIGNATURE')
    expect(codeOf(() => hmac({ key: old }).open(session).receive(recorded))).toBe('ERR_REPLAYED')
  })

  test('a frame held back until the peer signs with the new key is rejected', () => {
    const { alice, bob } = new TestConnection().sessions()
    const receiver = hmac({ keys: [fresh, old] }).open(bob)
    const before = signedBy(hmac({ key: old }).open(alice), 'before')
    const after = signedBy(hmac({ key: fresh }).open(alice), 'after')
    expect(acceptedBy(receiver, after)).toBe('after')
    expect(codeOf(() => receiver.receive(before))).toBe('ERR_REPLAYED')
  })

  test('a frame held back while the receiver took only the new key is rejected when it takes the old one again', () => {
    const { alice, bob } = new TestConnection().sessions()
    const before = signedBy(hmac({ key: old }).open(alice), 'before')
    const after = signedBy(hmac({ key: fresh }).open(alice), 'after')
    expect(acceptedBy(hmac({ key: fresh }).open(bob), after)).toBe('after')
    expect(
      codeOf(() =>
        hmac({ keys: [fresh, old] })
          .open(bob)
          .receive(before)
      )
    ).toBe('ERR_REPLAYED')
  })

  const third = randomBytes(32)
  const CHANGES: readonly (readonly [string, Middleware, Middleware])[] = [
    ['from one key to another', hmac({ key: old }), hmac({ key: fresh })],
    ['from several keys to others', hmac({ keys: [old, third] }), hmac({ keys: [fresh, third] })],
    ['from no key to one', hmac(), hmac({ key: fresh })],
    ['from a key to none', hmac({ key: old }), hmac()],
    ['to longer tags', hmac({ key: old }), hmac({ key: old, tagBytes: 32 })],
    ['to shorter tags', hmac({ tagBytes: 32 }), hmac()]
  ]

  /** On a public topic: each name has keys of its own, and all that the topic ever had count together. */
  const open = (middleware: Middleware, session: Session): Layer =>
    middleware.open(scoped(session, middleware.name))

  test.for(CHANGES)('a frame held back from before is rejected %s, and back', ([, before, between]) => {
    const { alice, bob } = new TestConnection().sessions()
    const first = open(before, alice)
    expect(acceptedBy(open(before, bob), signedBy(first, 'arrives'))).toBe('arrives')
    const held = [signedBy(first, 'held back'), signedBy(first, 'held back as well')]
    expect(acceptedBy(open(between, bob), signedBy(open(between, alice), 'between'))).toBe('between')
    const again = open(before, bob)
    for (const frame of held) expect(codeOf(() => again.receive(frame))).toBe('ERR_REPLAYED')
    expect(acceptedBy(again, signedBy(open(before, alice), 'after'))).toBe('after')
  })

  test('through any changes, nothing is accepted that was sent before what has been accepted', () => {
    const kinds = CHANGES.flatMap(([, one, other]) => [one, other])
    const step = fc.record({
      kind: fc.nat({ max: kinds.length - 1 }),
      delivered: fc.array(fc.nat({ max: 40 }), { maxLength: 6 }),
      sent: fc.nat({ max: 4 })
    })
    let arrivals = 0
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 15 }), steps => {
        const { alice, bob } = new TestConnection().sessions()
        const frames: Buffer[] = []
        let last = -1
        for (const { kind, delivered, sent } of steps) {
          const middleware = kinds[kind] ?? hmac()
          const [sender, receiver] = [open(middleware, alice), open(middleware, bob)]
          for (let more = 0; more < sent; more++) frames.push(signedBy(sender, `${frames.length}`))
          for (const ago of delivered) {
            const at = frames.length - 1 - ago
            const frame = frames[at]
            if (frame === undefined) continue
            try {
              expect(acceptedBy(receiver, frame)).toBe(`${at}`)
            } catch (error) {
              expect(error).toMatchObject({
                code: expect.stringMatching(/^ERR_(BAD_SIGNATURE|REPLAYED|MALFORMED_FRAME)$/)
              })
              continue
            }
            expect(at).toBeGreaterThan(last)
            last = at
            arrivals++
          }
        }
      }),
      { numRuns: 200 }
    )
    expect(arrivals).toBeGreaterThan(300)
  })
})
