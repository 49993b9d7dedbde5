import { randomBytes } from 'node:crypto'
import { TestConnection } from '@peersockets/testing'
import type { Layer, Middleware } from 'peersockets'
import { describe, expect, test } from 'vitest'
import { encrypt } from './encrypt.js'
import { codeOf, now, openedBy, sealedBy } from './sealing.fixture.js'

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

describe('what was recorded', () => {
  test('before the topic was left is a replay when it is joined again', () => {
    const connection = new TestConnection()
    const first = connection.open(encrypt({ key: old }))
    const recorded = ['one', 'two', 'three'].map(text => sealedBy(first.alice, text))
    for (const frame of recorded) openedBy(first.bob, frame)
    first.bob.close?.()
    const again = encrypt({ key: old }).open(connection.sessions().bob)
    for (const frame of recorded) expect(codeOf(() => again.receive(frame))).toBe('ERR_REPLAYED')
    expect(openedBy(again, sealedBy(first.alice, 'four'))).toBe('four')
  })

  test('before a rotation is a replay while its key is accepted, cannot be opened afterwards, and is a replay again', () => {
    const connection = new TestConnection()
    const { alice, bob } = connection.open(encrypt({ key: old }))
    const recorded = sealedBy(alice, 'recorded')
    openedBy(bob, recorded)
    const session = connection.sessions().bob
    const codes = [[old, fresh], [fresh, old], [fresh], [old]].map(keys =>
      codeOf(() => encrypt({ keys }).open(session).receive(recorded))
    )
    expect(codes).toEqual(['ERR_REPLAYED', 'ERR_REPLAYED', 'ERR_BAD_SIGNATURE', 'ERR_REPLAYED'])
  })

  test('under one of several keys is a replay when only that one is accepted', () => {
    const connection = new TestConnection()
    const recorded = sealedBy(encrypt({ key: old }).open(connection.sessions().alice), 'recorded')
    const { bob } = connection.sessions()
    expect(openedBy(encrypt({ keys: [fresh, old] }).open(bob), recorded)).toBe('recorded')
    expect(codeOf(() => encrypt({ key: old }).open(bob).receive(recorded))).toBe('ERR_REPLAYED')
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

describe('a closed layer', () => {
  test('neither encrypts nor decrypts, and may be closed twice', () => {
    const { alice, bob } = new TestConnection().open(encrypt({ key: old }))
    const frame = sealedBy(alice, 'hi')
    for (const layer of [alice, bob, alice]) layer.close?.()
    expect(codeOf(() => alice.send(Buffer.from('hi')))).toBe('ERR_CLOSED')
    expect(codeOf(() => bob.receive(frame))).toBe('ERR_CLOSED')
  })
})

/** Two middleware as the core runs them: the second is the outermost on the wire. */
function stack(inner: Middleware, outer: Middleware): Middleware {
  return {
    name: 'stack',
    open(session) {
      const [first, second] = [inner.open(session), outer.open(session)]
      return {
        send: body => second.send(now(first.send(body))),
        receive: frame => first.receive(now(second.receive(frame)))
      }
    }
  }
}

describe('two in one pipeline', () => {
  test('with different keys work together, and whoever lacks one of them is not believed', () => {
    const both = stack(encrypt({ key: old }), encrypt({ key: fresh }))
    const { alice, bob } = new TestConnection().open(both)
    for (let round = 0; round < 5; round++) {
      expect(understands(bob, alice) && understands(alice, bob)).toBe(true)
    }
    const half = new TestConnection().open({
      alice: stack(encrypt({ key: old }), encrypt({ key: old })),
      bob: both
    })
    expect(understands(half.bob, half.alice)).toBe(false)
  })

  test('with the same key deliver nothing, and say that it is a replay', () => {
    const { alice, bob } = new TestConnection().open(stack(encrypt({ key: old }), encrypt({ key: old })))
    for (let round = 0; round < 3; round++) {
      expect(codeOf(() => bob.receive(sealedBy(alice, 'hi')))).toBe('ERR_REPLAYED')
    }
  })
})
