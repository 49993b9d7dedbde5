import { createHmac, randomBytes } from 'node:crypto'
import { TestConnection } from '@peersockets/testing'
import { describe, expect, test, vi } from 'vitest'
import { hmac } from './index.js'
import { acceptedBy, codeOf, signedBy } from './signing.fixture.js'

const counterOf = (frame: Buffer): number => frame.readUIntBE(0, 6)

/** On a public topic, whose keys are those of the connection. */
const publicly = () => new TestConnection({}, { wire: 'v0' })

describe('a public topic that is left and joined again on the connection', () => {
  test('goes on with its counters, also with a new hmac() on both sides', () => {
    const connection = publicly()
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
    const connection = publicly()
    const first = connection.open(hmac())
    const recorded = ['one', 'two', 'three'].map(text => signedBy(first.alice, text))
    for (const frame of recorded) acceptedBy(first.bob, frame)
    first.bob.close?.()
    const again = hmac().open(connection.sessions('chat', 'hmac').bob)
    for (const frame of recorded) expect(codeOf(() => again.receive(frame))).toBe('ERR_REPLAYED')
  })

  test('does not accept what was recorded before another key was in use for a while', () => {
    const connection = publicly()
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
    const connection = publicly()
    const { alice, bob } = connection.open(hmac())
    acceptedBy(bob, signedBy(alice, 'one'))
    alice.close?.()
    const again = hmac().open(connection.sessions('chat', 'hmac').alice)
    expect(acceptedBy(bob, signedBy(again, 'two'))).toBe('two')
    expect(acceptedBy(again, signedBy(bob, 'three'))).toBe('three')
  })

  test('may be open anew before the old layers have closed', () => {
    const connection = publicly()
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

describe('a private topic in which two peers meet again', () => {
  test('begins with the first number, and takes no frame of before', () => {
    const connection = new TestConnection({}, { wire: 'v1' })
    const middleware = hmac({ key: randomBytes(32) })
    const recorded: Buffer[] = []
    for (let meeting = 0; meeting < 5; meeting++) {
      const { alice, bob } = connection.open(middleware)
      for (const frame of recorded) expect(codeOf(() => bob.receive(frame))).toBe('ERR_BAD_SIGNATURE')
      const [first, second] = [signedBy(alice, 'first'), signedBy(alice, 'second')]
      expect([first, second].map(counterOf)).toEqual([1, 2])
      expect(acceptedBy(bob, first)).toBe('first')
      recorded.push(first, second)
    }
  })
})

describe('two copies of this package in one process', () => {
  test('count together: what one has accepted is a replay for the other, and what both send is accepted', async () => {
    vi.resetModules()
    const copy = await import('./index.js')
    expect(copy.hmac).not.toBe(hmac)
    const connection = publicly()
    const receiver = hmac().open(connection.sessions().bob)
    const recorded: Buffer[] = []
    for (const create of [hmac, copy.hmac, hmac, copy.hmac]) {
      const frame = signedBy(create().open(connection.sessions().alice), 'hi')
      expect(acceptedBy(receiver, frame)).toBe('hi')
      recorded.push(frame)
      for (const again of [hmac, copy.hmac]) {
        const layer = again().open(connection.sessions().bob)
        for (const old of recorded) expect(codeOf(() => layer.receive(old))).toBe('ERR_REPLAYED')
      }
    }
    expect(recorded.map(counterOf)).toEqual([1, 2, 3, 4])
  })
})

describe('several layers that are open at once, as on a public topic of several Peersockets', () => {
  test('get each frame, accept it once each, and number what they send one after the other', () => {
    const connection = publicly()
    const [one, other] = [connection.open(hmac()), connection.open(hmac())]
    const senders = [one.alice, other.alice, one.alice, other.alice]
    const frames = senders.map((sender, at) => signedBy(sender, `from ${at}`))
    expect(frames.map(counterOf)).toEqual([1, 2, 3, 4])
    for (const frame of frames) {
      for (const receiver of [one.bob, other.bob]) {
        expect(acceptedBy(receiver, frame)).toMatch(/^from/)
        expect(codeOf(() => receiver.receive(frame))).toBe('ERR_REPLAYED')
      }
    }
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
