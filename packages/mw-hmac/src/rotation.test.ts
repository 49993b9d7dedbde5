import { randomBytes } from 'node:crypto'
import { TestConnection } from '@peersockets/testing'
import type { Layer } from 'peersockets'
import { describe, expect, test } from 'vitest'
import { hmac } from './index.js'
import { acceptedBy, codeOf, signedBy } from './signing.fixture.js'

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
    const connection = new TestConnection()
    const { alice, bob } = connection.sessions()
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

  test('whoever leaves out the first step is not believed by those who do not know the new key', () => {
    const { alice, bob } = new TestConnection().open({
      alice: hmac({ keys: [fresh, old] }),
      bob: hmac({ keys: [old] })
    })
    expect(understands(alice, bob)).toBe(true)
    expect(understands(bob, alice)).toBe(false)
  })

  test('on a live connection, one side after the other', () => {
    const connection = new TestConnection()
    const { alice, bob } = connection.sessions()
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
    const connection = new TestConnection()
    const { alice, bob } = connection.open(hmac({ key: old }))
    const recorded = signedBy(alice, 'recorded')
    acceptedBy(bob, recorded)
    bob.close?.()
    const session = connection.sessions().bob
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
    const connection = new TestConnection()
    const { alice, bob } = connection.sessions()
    const receiver = hmac({ keys: [fresh, old] }).open(bob)
    const before = signedBy(hmac({ key: old }).open(alice), 'before')
    const after = signedBy(hmac({ key: fresh }).open(alice), 'after')
    expect(acceptedBy(receiver, after)).toBe('after')
    expect(codeOf(() => receiver.receive(before))).toBe('ERR_REPLAYED')
  })

  test('a frame held back while the receiver took only the new key is rejected when it takes the old one again', () => {
    const connection = new TestConnection()
    const { alice, bob } = connection.sessions()
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
})
