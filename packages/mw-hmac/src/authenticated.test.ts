import { randomBytes } from 'node:crypto'
import { TestConnection } from '@peersockets/testing'
import type { Session } from 'peersockets/plugin'
import { describe, expect, test } from 'vitest'
import { hmac } from './index.js'
import { acceptedBy, codeOf, flipped, signedBy } from './signing.fixture.js'

/** A connection of a network that itself detects a changed byte. */
const authenticated = () => new TestConnection({}, { authenticated: true })

/** A session in which nothing can be derived or numbered without being seen. */
const untouchable = (session: Session): Session => ({
  ...session,
  counters: Object.freeze({ sent: 0, received: 0 }),
  exportKey() {
    throw new Error('a key was derived')
  }
})

describe('where the network authenticates frames itself', () => {
  test.for([{}, { tagBytes: 32 }])('hmac(%o) adds no byte, derives no key and counts nothing', options => {
    const { alice, bob } = authenticated().sessions()
    const [sender, receiver] = [alice, bob].map(session => hmac(options).open(untouchable(session)))
    for (const length of [0, 1, 22, 1000]) {
      const frame = randomBytes(length)
      expect(sender?.send(frame)).toBe(frame)
      expect(receiver?.receive(frame)).toBe(frame)
    }
    expect(() => sender?.close?.()).not.toThrow()
  })

  test('a shared key is asked for there too', () => {
    const { alice, bob } = authenticated().sessions()
    const key = randomBytes(32)
    const sender = hmac({ key }).open(alice)
    const frame = signedBy(sender, 'hi')
    expect(frame).toHaveLength(24)
    const receiver = hmac({ keys: [randomBytes(32), key] }).open(bob)
    expect(codeOf(() => receiver.receive(flipped(frame, 60)))).toBe('ERR_BAD_SIGNATURE')
    expect(acceptedBy(receiver, frame)).toBe('hi')
    expect(codeOf(() => receiver.receive(frame))).toBe('ERR_REPLAYED')
    const stranger = hmac({ key: randomBytes(32) }).open(alice)
    expect(codeOf(() => receiver.receive(signedBy(stranger, 'hi')))).toBe('ERR_BAD_SIGNATURE')
  })

  test('one middleware serves both kinds of networks at once', () => {
    const middleware = hmac()
    for (const connection of [new TestConnection(), authenticated(), new TestConnection()]) {
      const { alice } = connection.open(middleware)
      expect(signedBy(alice, 'hi')).toHaveLength(connection.sessions().alice.authenticated ? 2 : 24)
    }
  })
})
