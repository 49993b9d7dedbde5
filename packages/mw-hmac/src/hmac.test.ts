import { randomBytes } from 'node:crypto'
import { MAX_COUNTER } from '@peersockets/keys'
import { TestConnection } from '@peersockets/testing'
import fc from 'fast-check'
import { PeersocketsError } from 'peersockets'
import type { Layer, Session } from 'peersockets/plugin'
import { describe, expect, test } from 'vitest'
import { hmac } from './index.js'
import { acceptedBy, codeOf, errorOf, now, signedBy } from './signing.fixture.js'

describe('a signed frame', () => {
  test('arrives as what was sent, in both directions', () => {
    const { alice, bob } = new TestConnection().open(hmac())
    expect(acceptedBy(bob, signedBy(alice, 'hi bob'))).toBe('hi bob')
    expect(acceptedBy(alice, signedBy(bob, 'hi alice'))).toBe('hi alice')
  })

  test.for([0, 1, 63, 64, 65, 65_535, 1024 * 1024, 8 * 1024 * 1024])('may carry %i bytes', length => {
    const { alice, bob } = new TestConnection().open(hmac())
    const body = randomBytes(length)
    expect(now(bob.receive(now(alice.send(body)))).equals(body)).toBe(true)
  })

  test.for([
    { options: {}, overhead: 22 },
    { options: { tagBytes: 16 }, overhead: 22 },
    { options: { tagBytes: 23 }, overhead: 29 },
    { options: { tagBytes: 32 }, overhead: 38 },
    { options: { key: randomBytes(32) }, overhead: 22 },
    { options: { keys: [randomBytes(32), randomBytes(32)], tagBytes: 32 }, overhead: 38 }
  ])('is $overhead bytes longer than its body, whatever its length', ({ options, overhead }) => {
    const { alice, bob } = new TestConnection().open(hmac(options))
    for (const length of [0, 1, 100, 5000]) {
      const frame = signedBy(alice, Buffer.alloc(length))
      expect(frame).toHaveLength(length + overhead)
      expect(now(bob.receive(frame))).toHaveLength(length)
    }
  })

  test('says nothing new about the same body: two frames differ in counter and tag', () => {
    const { alice } = new TestConnection().open(hmac())
    const [one, two] = [signedBy(alice, 'same'), signedBy(alice, 'same')]
    expect(one.subarray(6, 10)).toEqual(two.subarray(6, 10))
    expect(one.subarray(0, 6)).not.toEqual(two.subarray(0, 6))
    expect(one.subarray(10)).not.toEqual(two.subarray(10))
  })
})

describe('buffers', () => {
  test('what is sent is not changed, and what is returned is not changed afterwards', () => {
    const { alice } = new TestConnection().open(hmac())
    const body = Buffer.from('shared between peers')
    const frame = now(alice.send(body))
    const copy = Buffer.from(frame)
    for (let more = 0; more < 100; more++) signedBy(alice, 'another')
    alice.close?.()
    expect(body.toString()).toBe('shared between peers')
    expect(frame).toEqual(copy)
  })

  test('a change of what was sent does not reach the frame', () => {
    const { alice, bob } = new TestConnection().open(hmac())
    const body = Buffer.from('first')
    const frame = now(alice.send(body))
    body.write('other')
    expect(acceptedBy(bob, frame)).toBe('first')
  })

  test('what is received is not changed, and the body is a view of it', () => {
    const { alice, bob } = new TestConnection().open(hmac())
    const frame = signedBy(alice, 'no copy')
    const copy = Buffer.from(frame)
    const body = now(bob.receive(frame))
    expect(frame).toEqual(copy)
    expect(body.buffer).toBe(frame.buffer)
    expect(body.byteOffset).toBe(frame.byteOffset + 6)
  })
})

describe('every session is on its own', () => {
  test('one middleware serves many topics and connections at once', () => {
    const middleware = hmac()
    const connections = [new TestConnection(), new TestConnection()]
    const ends = connections.flatMap(connection =>
      ['chat', 'cursors'].map(topic => connection.open(middleware, topic))
    )
    for (let round = 0; round < 5; round++) {
      for (const [at, { alice, bob }] of ends.entries()) {
        expect(acceptedBy(bob, signedBy(alice, `${at}, ${round}`))).toBe(`${at}, ${round}`)
      }
    }
  })

  test('the topic may have a long or a foreign name', () => {
    for (const topic of ['', '聊天 ☕', 'x'.repeat(5000)]) {
      const { alice, bob } = new TestConnection().open(hmac(), topic)
      expect(acceptedBy(bob, signedBy(alice, 'hi'))).toBe('hi')
    }
  })
})

describe('a receiver that misses frames goes on with the next one', () => {
  test('when it joined late', () => {
    const connection = new TestConnection()
    const { alice, bob } = connection.sessions()
    const sender = hmac().open(alice)
    for (let missed = 0; missed < 10; missed++) signedBy(sender, 'nobody listens')
    const receiver = hmac().open(bob)
    expect(acceptedBy(receiver, signedBy(sender, 'hello'))).toBe('hello')
  })

  test('when some were dropped on the way', () => {
    const { alice, bob } = new TestConnection().open(hmac())
    const frames = Array.from({ length: 10 }, (_, at) => signedBy(alice, `${at}`))
    const arrived = frames.filter((_, at) => at % 3 === 0)
    expect(arrived.map(frame => acceptedBy(bob, frame))).toEqual(['0', '3', '6', '9'])
  })
})

describe('counters end', () => {
  test('with ERR_COUNTER_EXHAUSTED after the last frame, again and again, and never begin anew', () => {
    const sessions = new TestConnection().sessions()
    const [alice, bob] = [hmac().open(sessions.alice), hmac().open(sessions.bob)]
    sessions.alice.counters.sent = MAX_COUNTER - 2
    expect(acceptedBy(bob, signedBy(alice, 'last but one'))).toBe('last but one')
    const last = signedBy(alice, 'last')
    expect(last.toString('hex', 0, 6)).toBe('ffffffffffff')
    expect(acceptedBy(bob, last)).toBe('last')
    for (let more = 0; more < 3; more++) {
      expect(codeOf(() => alice.send(Buffer.from('one more')))).toBe('ERR_COUNTER_EXHAUSTED')
    }
    expect(acceptedBy(alice, signedBy(bob, 'the other direction goes on'))).toBe(
      'the other direction goes on'
    )
  })

  test('for a public topic that is joined anew on the connection as well', () => {
    const connection = new TestConnection({}, { wire: 'v0' })
    const { name } = hmac({ key: randomBytes(32) })
    connection.sessions('chat', name).alice.counters.sent = MAX_COUNTER
    const { alice } = connection.open(hmac({ key: randomBytes(32) }))
    expect(codeOf(() => alice.send(Buffer.from('hi')))).toBe('ERR_COUNTER_EXHAUSTED')
  })
})

describe('a network that cannot export a key', () => {
  test('is refused with its own error, instead of signing weakly', () => {
    const refusal = new PeersocketsError('ERR_NO_KEY_EXPORT', 'no handshake')
    const session: Session = {
      ...new TestConnection().sessions().alice,
      exportKey: () => {
        throw refusal
      }
    }
    for (const middleware of [hmac(), hmac({ key: randomBytes(32) })]) {
      expect(errorOf(() => middleware.open(session))).toBe(refusal)
    }
  })
})

test('any bodies arrive, in any mixture of directions and options', () => {
  const options = fc.record(
    { key: fc.uint8Array({ minLength: 16, maxLength: 100 }), tagBytes: fc.integer({ min: 16, max: 32 }) },
    { requiredKeys: [] }
  )
  const traffic = fc.array(fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 300 })), { maxLength: 20 })
  fc.assert(
    fc.property(options, traffic, (given, sends) => {
      const { alice, bob } = new TestConnection().open(hmac(given))
      for (const [outwards, bytes] of sends) {
        const [from, to]: [Layer, Layer] = outwards ? [alice, bob] : [bob, alice]
        expect(now(to.receive(now(from.send(Buffer.from(bytes))))).equals(bytes)).toBe(true)
      }
    })
  )
})
