import { randomBytes } from 'node:crypto'
import { TestConnection } from '@peersockets/testing'
import type { Middleware } from 'peersockets/plugin'
import { describe, expect, test } from 'vitest'
import { hmac } from './index.js'
import { acceptedBy, chain, codeOf, now, signedBy } from './signing.fixture.js'

const [one, other] = [randomBytes(32), randomBytes(32)]

const reversing: Middleware = {
  name: 'reversing',
  open: () => ({
    send: frame => Buffer.from(frame).reverse(),
    receive: frame => Buffer.from(frame).reverse()
  })
}

const twice = hmac()

/** Both ends of a pipeline, at which a whole frame goes in and comes out. */
function open(connection: TestConnection, pipeline: readonly Middleware[]) {
  const { alice, bob } = connection.openAll(pipeline)
  return { alice: chain(alice), bob: chain(bob) }
}

const PIPELINES: readonly (readonly [string, readonly Middleware[]])[] = [
  ['with a key and without', [hmac({ key: one }), hmac()]],
  ['without a key and with', [hmac(), hmac({ key: one })]],
  ['with two keys, of which each side has to hold both', [hmac({ key: one }), hmac({ key: other })]],
  ['with something between them', [hmac({ key: one }), reversing, hmac()]],
  ['three of them', [hmac({ key: one }), hmac(), hmac({ key: other })]],
  ['with tags of different lengths', [hmac(), hmac({ tagBytes: 32 })]],
  ['two without a key', [hmac(), hmac()]],
  ['one middleware twice', [twice, twice]],
  ['one middleware twice, with something between', [twice, reversing, twice]],
  ['two with the same key', [hmac({ key: one }), hmac({ key: Buffer.from(one) })]],
  ['two with a key in common', [hmac({ key: one }), hmac({ keys: [other, one] })]]
]

describe('several hmac() in one pipeline', () => {
  test.for(PIPELINES)('work together, %s', ([, pipeline]) => {
    const { alice, bob } = open(new TestConnection(), pipeline)
    for (let round = 0; round < 5; round++) {
      const frame = signedBy(alice, `ping ${round}`)
      expect(acceptedBy(bob, frame)).toBe(`ping ${round}`)
      expect(codeOf(() => bob.receive(frame))).toBe('ERR_REPLAYED')
      expect(acceptedBy(alice, signedBy(bob, `pong ${round}`))).toBe(`pong ${round}`)
    }
  })

  test('work together also after the topic was joined again, and know what was recorded', () => {
    const connection = new TestConnection({}, { wire: 'v0' })
    const pipelines = [
      [hmac({ key: one }), hmac({ key: other })],
      [hmac({ keys: [one, other] })],
      [hmac({ key: one }), hmac({ key: one })],
      [hmac({ key: other }), hmac({ key: one })],
      [hmac({ key: other })]
    ]
    const recorded: Buffer[] = []
    for (const pipeline of [...pipelines, ...pipelines]) {
      const { alice, bob } = open(connection, pipeline)
      for (const frame of recorded) expect(() => bob.receive(frame)).toThrow()
      const frame = signedBy(alice, 'hi')
      recorded.push(frame)
      expect(acceptedBy(bob, frame)).toBe('hi')
    }
  })

  test('do not take what another of them has signed, though both have one key', () => {
    const { alice, bob } = new TestConnection().openAll([hmac({ key: one }), hmac({ key: one })])
    const [inner, outer] = bob
    if (inner === undefined || outer === undefined) throw new Error('There are two.')
    const frame = signedBy(chain(alice), 'hi')
    const unwrapped = now(outer.receive(frame))
    expect(codeOf(() => outer.receive(unwrapped))).toBe('ERR_BAD_SIGNATURE')
    expect(codeOf(() => inner.receive(frame))).toBe('ERR_BAD_SIGNATURE')
    expect(acceptedBy(inner, unwrapped)).toBe('hi')
  })
})
