import { randomBytes } from 'node:crypto'
import { MAX_COUNTER } from '@peersockets/keys'
import { TestConnection } from '@peersockets/testing'
import fc from 'fast-check'
import { PeersocketsError } from 'peersockets'
import type { Layer } from 'peersockets/plugin'
import { describe, expect, test } from 'vitest'
import { type EncryptOptions, encrypt } from './encrypt.js'
import { codeOf, errorOf, now, openedBy, sealedBy, sessionOf } from './sealing.fixture.js'

const key = randomBytes(32)

describe('an encrypted frame', () => {
  test('arrives as what was sent, in both directions', () => {
    const { alice, bob } = new TestConnection().open(encrypt({ key }))
    expect(openedBy(bob, sealedBy(alice, 'hi bob'))).toBe('hi bob')
    expect(openedBy(alice, sealedBy(bob, 'hi alice'))).toBe('hi alice')
  })

  test.for([0, 1, 15, 16, 17, 65_535, 1024 * 1024, 8 * 1024 * 1024])(
    'may carry %i bytes, and has 38 more',
    length => {
      const { alice, bob } = new TestConnection().open(encrypt({ key }))
      const body = randomBytes(length)
      const frame = now(alice.send(body))
      expect(frame).toHaveLength(length + 38)
      expect(now(bob.receive(frame)).equals(body)).toBe(true)
    }
  )

  test('shows nothing of its body', () => {
    const { alice } = new TestConnection().open(encrypt({ key }))
    const frames = Array.from({ length: 50 }, () => sealedBy(alice, Buffer.alloc(64)).subarray(22))
    for (let at = 0; at < 64; at += 8) {
      const seen = new Set(frames.map(frame => frame.toString('hex', at, at + 8)))
      expect(seen.size).toBe(50)
    }
  })

  test('arrives whatever was sent, in any mixture of directions and keys', () => {
    const keys = fc.array(fc.uint8Array({ minLength: 16, maxLength: 70 }), { minLength: 1, maxLength: 16 })
    const traffic = fc.array(fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 300 })), { maxLength: 20 })
    fc.assert(
      fc.property(keys, traffic, (given, sends) => {
        const { alice, bob } = new TestConnection().open(encrypt({ keys: given }))
        for (const [outwards, bytes] of sends) {
          const [from, to]: [Layer, Layer] = outwards ? [alice, bob] : [bob, alice]
          expect(now(to.receive(now(from.send(Buffer.from(bytes))))).equals(bytes)).toBe(true)
        }
      })
    )
  })
})

describe('buffers', () => {
  test('that are given are not changed, and those that are returned are not changed afterwards', () => {
    const { alice, bob } = new TestConnection().open(encrypt({ key }))
    const body = Buffer.from('shared between peers')
    const frame = now(alice.send(body))
    const opened = now(bob.receive(frame))
    const copy = Buffer.from(frame)
    for (let more = 0; more < 100; more++) openedBy(bob, sealedBy(alice, 'another'))
    alice.close?.()
    bob.close?.()
    expect(frame).toEqual(copy)
    expect([body, opened].map(String)).toEqual(['shared between peers', 'shared between peers'])
  })

  test('may be changed by their owner: nothing of them is kept', () => {
    const connection = new TestConnection({}, { wire: 'v0' })
    const { alice, bob } = connection.open(encrypt({ key }))
    const body = Buffer.from('first')
    const frame = now(alice.send(body))
    body.write('other')
    expect(openedBy(bob, frame)).toBe('first')
    // Where this frame was, there is now one with another salt.
    const again = connection.open(encrypt({ key })).alice
    frame.set(sealedBy(again, 'again'))
    expect(openedBy(bob, frame)).toBe('again')
  })
})

test('one middleware serves many topics and connections at once', () => {
  const middleware = encrypt({ key })
  const ends = [new TestConnection(), new TestConnection()].flatMap(connection =>
    ['board', '聊天 ☕', 'x'.repeat(1024)].map(topic => connection.open(middleware, topic))
  )
  for (let round = 0; round < 5; round++) {
    for (const [at, { alice, bob }] of ends.entries()) {
      expect(openedBy(bob, sealedBy(alice, `${at}, ${round}`))).toBe(`${at}, ${round}`)
    }
  }
})

test('a receiver that misses frames goes on with the next one', () => {
  const { alice, bob } = new TestConnection().open(encrypt({ key }))
  const frames = Array.from({ length: 10 }, (_, at) => sealedBy(alice, `${at}`))
  const arrived = frames.filter((_, at) => at % 3 === 2)
  expect(arrived.map(frame => openedBy(bob, frame))).toEqual(['2', '5', '8'])
})

describe('counters end', () => {
  test('with ERR_COUNTER_EXHAUSTED after the last frame, again and again, and never begin anew', () => {
    const sessions = new TestConnection().sessions()
    const [alice, bob] = [encrypt({ key }).open(sessions.alice), encrypt({ key }).open(sessions.bob)]
    sessions.alice.counters.sent = MAX_COUNTER - 1
    const last = sealedBy(alice, 'last')
    expect(last.toString('hex', 16, 22)).toBe('ffffffffffff')
    expect(openedBy(bob, last)).toBe('last')
    for (let more = 0; more < 3; more++) {
      expect(codeOf(() => alice.send(Buffer.from('one more')))).toBe('ERR_COUNTER_EXHAUSTED')
    }
    expect(openedBy(alice, sealedBy(bob, 'the other direction goes on'))).toBe('the other direction goes on')
  })
})

test('a network that cannot export a key is refused with its own error', () => {
  const refusal = new PeersocketsError('ERR_NO_KEY_EXPORT', 'no handshake')
  const session = sessionOf('board', randomBytes(32), randomBytes(32), () => {
    throw refusal
  })
  expect(errorOf(() => encrypt({ key }).open(session))).toBe(refusal)
})

describe('options', () => {
  test('the middleware is called encrypt', () => {
    expect(encrypt({ key }).name).toBe('encrypt')
    expect(encrypt({ keys: [key, randomBytes(16)] }).name).toBe('encrypt')
  })

  test('a key may be a Buffer or a Uint8Array, which are the same key, alone or in a list', () => {
    const { alice, bob } = new TestConnection().open({
      alice: encrypt({ key }),
      bob: encrypt({ keys: [new Uint8Array(key)] })
    })
    expect(openedBy(bob, sealedBy(alice, 'hi'))).toBe('hi')
    expect(openedBy(alice, sealedBy(bob, 'hi'))).toBe('hi')
  })

  test.for<[string, unknown]>([
    ['no options', undefined],
    ['no key', {}],
    ['key: undefined', { key: undefined }],
    ['key: null', { key: null }],
    ['a passphrase', { key: 'correct horse battery staple' }],
    ['a key of 15 bytes', { key: Buffer.alloc(15, 1) }],
    ['an array of numbers', { key: Array.from(key) }],
    ['other words than bytes', { key: new Uint32Array(8) }],
    ['keys: undefined', { keys: undefined }],
    ['no keys', { keys: [] }],
    ['17 keys', { keys: Array.from({ length: 17 }, () => key) }],
    ['keys that are not a list', { keys: key }],
    ['a list with a hole', { keys: new Array(2) }],
    ['a list with a short key', { keys: [key, Buffer.alloc(3)] }],
    ['key and keys', { key, keys: [key] }],
    ['an option that does not exist', { key, tagBytes: 32 }],
    ['a misspelt option', { Key: key }],
    ['a key in the place of the options', key],
    ['a list in the place of the options', []],
    ['null', null]
  ])('refused with ERR_INVALID_ARGUMENT: %s', ([, options]) => {
    const error = errorOf(() => encrypt(options as EncryptOptions))
    expect(error.code).toBe('ERR_INVALID_ARGUMENT')
    expect(error.message).toMatch(/^encrypt\(\): /)
  })
})
