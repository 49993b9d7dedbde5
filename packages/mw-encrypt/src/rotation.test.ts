import { randomBytes } from 'node:crypto'
import { TestConnection } from '@peersockets/testing'
import type { Layer, Middleware } from 'peersockets/plugin'
import { describe, expect, test } from 'vitest'
import { encrypt } from './encrypt.js'
import { chain, codeOf, openedBy, sealedBy } from './sealing.fixture.js'

const old = randomBytes(32)
const fresh = randomBytes(32)

function understands(receiver: Layer, sender: Layer): boolean {
  const frame = sealedBy(sender, 'hi')
  try {
    return openedBy(receiver, frame) === 'hi'
  } catch {
    return false
  }
}

describe('keys', () => {
  test('encrypts with the first', () => {
    const { alice, bob } = new TestConnection().open({
      alice: encrypt({ keys: [fresh, old] }),
      bob: encrypt({ key: old })
    })
    expect(codeOf(() => bob.receive(sealedBy(alice, 'hi')))).toBe('ERR_BAD_SIGNATURE')
  })

  test('accepts any, in any order', () => {
    const keys = Array.from({ length: 16 }, () => randomBytes(32))
    const { alice, bob } = new TestConnection().sessions()
    const receiver = encrypt({ keys }).open(bob)
    for (const key of [...keys, ...keys.toReversed()]) {
      const sender = encrypt({ key }).open(alice)
      expect(understands(receiver, sender) && understands(receiver, sender)).toBe(true)
    }
  })

  test('may be changed by the caller afterwards: they were copied', () => {
    const given = Buffer.from(old)
    const list = [given]
    const middleware = encrypt({ keys: list })
    given.fill(0)
    list.length = 0
    const { alice, bob } = new TestConnection().open({ alice: middleware, bob: encrypt({ key: old }) })
    expect(understands(bob, alice) && understands(alice, bob)).toBe(true)
  })
})

test('a roll-out in three steps loses nothing, on a live connection, one side after the other', () => {
  const { alice, bob } = new TestConnection().sessions()
  const layers = { alice: encrypt({ key: old }).open(alice), bob: encrypt({ key: old }).open(bob) }
  for (const keys of [[old], [old, fresh], [fresh, old], [fresh]]) {
    layers.alice.close?.()
    layers.alice = encrypt({ keys }).open(alice)
    expect(understands(layers.bob, layers.alice) && understands(layers.alice, layers.bob)).toBe(true)
    layers.bob.close?.()
    layers.bob = encrypt({ keys }).open(bob)
    expect(understands(layers.bob, layers.alice) && understands(layers.alice, layers.bob)).toBe(true)
  }
})

/** On a public topic, whose keys are those of the connection. */
const publicly = () => new TestConnection({}, { wire: 'v0' })

describe('what was recorded, on a public topic,', () => {
  test('before the topic was left is a replay when it is joined again', () => {
    const connection = publicly()
    const first = connection.open(encrypt({ key: old }))
    const recorded = ['one', 'two', 'three'].map(text => sealedBy(first.alice, text))
    for (const frame of recorded) openedBy(first.bob, frame)
    first.bob.close?.()
    const again = connection.open(encrypt({ key: old })).bob
    for (const frame of recorded) expect(codeOf(() => again.receive(frame))).toBe('ERR_REPLAYED')
    expect(openedBy(again, sealedBy(first.alice, 'four'))).toBe('four')
  })

  test('before a rotation is a replay while its key is accepted, cannot be opened afterwards, and is a replay again', () => {
    const connection = publicly()
    const { alice, bob } = connection.open(encrypt({ key: old }))
    const recorded = sealedBy(alice, 'recorded')
    openedBy(bob, recorded)
    const codes = [[old, fresh], [fresh, old], [fresh], [old]].map(keys =>
      codeOf(() => connection.open(encrypt({ keys })).bob.receive(recorded))
    )
    expect(codes).toEqual(['ERR_REPLAYED', 'ERR_REPLAYED', 'ERR_BAD_SIGNATURE', 'ERR_REPLAYED'])
  })

  test('under one of several keys is a replay when only that one is accepted', () => {
    const connection = publicly()
    const recorded = sealedBy(connection.open(encrypt({ key: old })).alice, 'recorded')
    expect(openedBy(connection.open(encrypt({ keys: [fresh, old] })).bob, recorded)).toBe('recorded')
    expect(codeOf(() => connection.open(encrypt({ key: old })).bob.receive(recorded))).toBe('ERR_REPLAYED')
  })

  test('and held back until the peer uses the new key is a replay, also if the old one was not accepted in between', () => {
    const { alice, bob } = new TestConnection().sessions()
    const before = sealedBy(encrypt({ key: old }).open(alice), 'before')
    const after = sealedBy(encrypt({ key: fresh }).open(alice), 'after')
    expect(openedBy(encrypt({ key: fresh }).open(bob), after)).toBe('after')
    const both = encrypt({ keys: [fresh, old] }).open(bob)
    expect(codeOf(() => both.receive(before))).toBe('ERR_REPLAYED')
  })
})

describe('a frame held back from an earlier period', () => {
  const expectReplay = (before: readonly Buffer[], between: readonly Buffer[]) => {
    const connection = publicly()
    const first = connection.open(encrypt({ keys: before }))
    expect(openedBy(first.bob, sealedBy(first.alice, 'arrives'))).toBe('arrives')
    const held = sealedBy(first.alice, 'held back')
    const second = connection.open(encrypt({ keys: between }))
    expect(openedBy(second.bob, sealedBy(second.alice, 'between'))).toBe('between')
    const again = connection.open(encrypt({ keys: before }))
    expect(codeOf(() => again.bob.receive(held))).toBe('ERR_REPLAYED')
    expect(openedBy(again.bob, sealedBy(again.alice, 'after'))).toBe('after')
  }

  test('is a replay, though keys were changed and changed back', () => {
    expectReplay([old], [fresh])
    expectReplay([old, fresh], [randomBytes(32)])
    expectReplay([old, fresh], [fresh, old])
  })

  test('cannot be opened where two peers meet again in a private topic, whose keys are new', () => {
    const connection = new TestConnection({}, { wire: 'v1' })
    const held = sealedBy(connection.open(encrypt({ key: old })).alice, 'held back')
    const { alice, bob } = connection.open(encrypt({ key: old }))
    expect(codeOf(() => bob.receive(held))).toBe('ERR_BAD_SIGNATURE')
    const first = sealedBy(alice, 'first')
    expect(first.readUIntBE(16, 6)).toBe(1)
    expect(openedBy(bob, first)).toBe('first')
  })
})

describe('a closed layer', () => {
  test('neither encrypts nor decrypts, and may be closed twice', () => {
    const { alice, bob } = new TestConnection().open(encrypt({ key: old }))
    const frame = sealedBy(alice, 'hi')
    for (const layer of [alice, bob, alice]) layer.close?.()
    expect(codeOf(() => alice.send(Buffer.from('hi')))).toBe('ERR_CLOSED')
    expect(codeOf(() => bob.receive(frame))).toBe('ERR_CLOSED')
  })
})

describe('two in one pipeline', () => {
  /** Both ends, at which a whole frame goes in and comes out. */
  const open = (one: Middleware[], other = one) => {
    const { alice, bob } = new TestConnection().openAll({ alice: one, bob: other })
    return { alice: chain(alice), bob: chain(bob) }
  }

  test('with different keys work together, and one who lacks one of them is not believed', () => {
    const both = [encrypt({ key: old }), encrypt({ key: fresh })]
    const { alice, bob } = open(both)
    for (let round = 0; round < 5; round++) {
      expect(understands(bob, alice) && understands(alice, bob)).toBe(true)
    }
    const half = open([encrypt({ key: old }), encrypt({ key: old })], both)
    expect(understands(half.bob, half.alice)).toBe(false)
  })

  test('with the same key work together as well', () => {
    const { alice, bob } = open([encrypt({ key: old }), encrypt({ key: old })])
    for (let round = 0; round < 5; round++) {
      const frame = sealedBy(alice, 'hi')
      expect(openedBy(bob, frame)).toBe('hi')
      expect(codeOf(() => bob.receive(frame))).toBe('ERR_REPLAYED')
      expect(understands(alice, bob)).toBe(true)
    }
  })
})
