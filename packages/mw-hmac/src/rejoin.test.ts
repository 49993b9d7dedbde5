import { createHmac, randomBytes } from 'node:crypto'
import { TestConnection } from '@peersockets/testing'
import type { Layer, Middleware, Session } from 'peersockets'
import { describe, expect, test } from 'vitest'
import { hmac } from './index.js'
import { acceptedBy, codeOf, now, signedBy } from './signing.fixture.js'

const counterOf = (frame: Buffer): number => frame.readUIntBE(0, 6)

describe('a topic that is left and joined again on the connection', () => {
  test('goes on with its counters, also with a new hmac() on both sides', () => {
    const connection = new TestConnection()
    for (let round = 0; round < 5; round++) {
      const { alice, bob } = connection.open({ alice: hmac(), bob: hmac() })
      const [ping, pong] = [signedBy(alice, `ping ${round}`), signedBy(bob, `pong ${round}`)]
      expect(acceptedBy(bob, ping)).toBe(`ping ${round}`)
      expect(acceptedBy(alice, pong)).toBe(`pong ${round}`)
      expect([counterOf(ping), counterOf(pong)]).toEqual([round + 1, round + 1])
      alice.close?.()
      bob.close?.()
    }
  })

  test('does not accept what was recorded before', () => {
    const connection = new TestConnection()
    const first = connection.open(hmac())
    const recorded = ['one', 'two', 'three'].map(text => signedBy(first.alice, text))
    for (const frame of recorded) acceptedBy(first.bob, frame)
    first.bob.close?.()
    const again = hmac().open(connection.sessions().bob)
    for (const frame of recorded) expect(codeOf(() => again.receive(frame))).toBe('ERR_REPLAYED')
  })

  test('does not accept what was recorded before another key was in use for a while', () => {
    const connection = new TestConnection()
    const [one, other] = [hmac({ key: randomBytes(32) }), hmac({ key: randomBytes(32) })]
    const { alice, bob } = connection.open(one)
    const recorded = signedBy(alice, 'recorded')
    acceptedBy(bob, recorded)
    const between = connection.open(other)
    acceptedBy(between.bob, signedBy(between.alice, 'between'))
    const after = connection.open(one)
    expect(codeOf(() => after.bob.receive(recorded))).toBe('ERR_REPLAYED')
    expect(acceptedBy(after.bob, signedBy(after.alice, 'after'))).toBe('after')
  })

  test('goes on when only one side left', () => {
    const connection = new TestConnection()
    const { alice, bob } = connection.open(hmac())
    acceptedBy(bob, signedBy(alice, 'one'))
    alice.close?.()
    const again = hmac().open(connection.sessions().alice)
    expect(acceptedBy(bob, signedBy(again, 'two'))).toBe('two')
    expect(acceptedBy(again, signedBy(bob, 'three'))).toBe('three')
  })

  test('may be open anew before the old layers have closed', () => {
    const connection = new TestConnection()
    const before = connection.open(hmac())
    const after = connection.open(hmac())
    const frames = [
      signedBy(before.alice, 'one'),
      signedBy(after.alice, 'two'),
      signedBy(before.alice, 'three')
    ]
    before.alice.close?.()
    before.bob.close?.()
    frames.push(signedBy(after.alice, 'four'))
    expect(frames.map(frame => acceptedBy(after.bob, frame))).toEqual(['one', 'two', 'three', 'four'])
  })

  test('on another connection begins anew', () => {
    const first = new TestConnection().open(hmac())
    for (let frames = 0; frames < 3; frames++) acceptedBy(first.bob, signedBy(first.alice, 'hi'))
    const { alice, bob } = new TestConnection().open(hmac())
    const frame = signedBy(alice, 'hi')
    expect(counterOf(frame)).toBe(1)
    expect(acceptedBy(bob, frame)).toBe('hi')
  })
})

describe('a closed layer', () => {
  test('neither signs nor accepts', () => {
    const { alice, bob } = new TestConnection().open(hmac())
    const frame = signedBy(alice, 'hi')
    alice.close?.()
    bob.close?.()
    expect(codeOf(() => alice.send(Buffer.from('hi')))).toBe('ERR_CLOSED')
    expect(codeOf(() => bob.receive(frame))).toBe('ERR_CLOSED')
  })

  test('does not believe what is signed with the zeros that its key was wiped with', () => {
    const { bob } = new TestConnection().open(hmac())
    bob.close?.()
    const signed = Buffer.concat([Buffer.of(0, 0, 0, 0, 0, 9), Buffer.from('forged')])
    const tag = createHmac('sha256', Buffer.alloc(32)).update(signed).digest().subarray(0, 16)
    expect(codeOf(() => bob.receive(Buffer.concat([signed, tag])))).toBe('ERR_CLOSED')
  })

  test('may be closed twice', () => {
    const { alice } = new TestConnection().open(hmac())
    alice.close?.()
    expect(() => alice.close?.()).not.toThrow()
  })
})

/** Several middleware as the core runs them: the last is the outermost on the wire. */
function stack(...middleware: Middleware[]): Middleware {
  return {
    name: middleware.map(({ name }) => name).join('>'),
    open: (session: Session): Layer => {
      const layers = middleware.map(stage => stage.open(session))
      return {
        send: body => layers.reduce((frame, layer) => now(layer.send(frame)), body),
        receive: frame => layers.reduceRight((body, layer) => now(layer.receive(body)), frame)
      }
    }
  }
}

const reversing: Middleware = {
  name: 'reversing',
  open: () => ({
    send: frame => Buffer.from(frame).reverse(),
    receive: frame => Buffer.from(frame).reverse()
  })
}

describe('several hmac() in one pipeline', () => {
  const [one, other] = [randomBytes(32), randomBytes(32)]

  test.for<[string, Middleware]>([
    ['with a key and without', stack(hmac({ key: one }), hmac())],
    ['without a key and with', stack(hmac(), hmac({ key: one }))],
    ['with two keys, of which each side has to hold both', stack(hmac({ key: one }), hmac({ key: other }))],
    ['with something between them', stack(hmac({ key: one }), reversing, hmac())],
    ['three of them', stack(hmac({ key: one }), hmac(), hmac({ key: other }))],
    ['with tags of different lengths', stack(hmac(), hmac({ tagBytes: 32 }))]
  ])('work together if their keys differ: %s', ([, middleware]) => {
    const { alice, bob } = new TestConnection().open(middleware)
    for (let round = 0; round < 5; round++) {
      const frame = signedBy(alice, `ping ${round}`)
      expect(acceptedBy(bob, frame)).toBe(`ping ${round}`)
      expect(codeOf(() => bob.receive(frame))).toBe('ERR_REPLAYED')
      expect(acceptedBy(alice, signedBy(bob, `pong ${round}`))).toBe(`pong ${round}`)
    }
  })

  test('work together also after the topic was joined again, and know what was recorded', () => {
    const connection = new TestConnection()
    const pipelines = [
      stack(hmac({ key: one }), hmac({ key: other })),
      hmac({ keys: [one, other] }),
      stack(hmac({ key: other }), hmac({ key: one })),
      hmac({ key: other })
    ]
    const recorded: Buffer[] = []
    for (const pipeline of pipelines) {
      const { alice, bob } = connection.open(pipeline)
      for (const frame of recorded) expect(() => bob.receive(frame)).toThrow()
      const frame = signedBy(alice, 'hi')
      recorded.push(frame)
      expect(acceptedBy(bob, frame)).toBe('hi')
    }
  })

  const twice = hmac()
  test.for<[string, Middleware]>([
    ['two without a key', stack(hmac(), hmac())],
    ['one middleware twice', stack(twice, twice)],
    ['two with the same key', stack(hmac({ key: one }), hmac({ key: Buffer.from(one) }))],
    ['two with a key in common', stack(hmac({ key: one }), hmac({ keys: [other, one] }))],
    ['two with a key in common, the other way', stack(hmac({ keys: [other, one] }), hmac({ key: one }))]
  ])('are refused by the first send if they share a key: %s', ([, middleware]) => {
    const { alice } = new TestConnection().open(middleware)
    for (const text of ['', 'hi', 'x'.repeat(100)]) {
      expect(codeOf(() => alice.send(Buffer.from(text)))).toBe('ERR_INVALID_ARGUMENT')
    }
  })

  test('that share a key, with something between them, deliver nothing', () => {
    const { alice, bob } = new TestConnection().open(stack(hmac(), reversing, hmac()))
    for (let round = 0; round < 3; round++) {
      expect(codeOf(() => bob.receive(signedBy(alice, 'hi')))).toBe('ERR_REPLAYED')
    }
  })
})
