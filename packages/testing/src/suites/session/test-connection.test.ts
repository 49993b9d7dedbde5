import { randomBytes } from 'node:crypto'
import type { Middleware, Session } from 'peersockets/plugin'
import { describe, expect, test } from 'vitest'
import { extend, withHeadroom } from './headroom.js'
import { TestConnection } from './test-connection.js'

/** Remembers what its layers were opened with. */
function remembering(name: string): { middleware: Middleware; opened: Session[] } {
  const opened: Session[] = []
  const middleware: Middleware = {
    name,
    open(session) {
      opened.push(session)
      return { send: frame => frame, receive: frame => frame }
    }
  }
  return { middleware, opened }
}

const keyOf = (session: Session | undefined, label = 'label') =>
  session?.exportKey(label).send.toString('hex')

/** The sessions that `middleware` gets when both ends open it, Alice's first. */
function sessionsAt(connection: TestConnection, name: string, topic?: string): Session[] {
  const { middleware, opened } = remembering(name)
  connection.open(middleware, topic)
  return opened
}

describe.each(['v0', 'v1'] as const)('a session on %s', wire => {
  test('has the same keys at both ends, another for each direction, topic, name, label and connection', () => {
    const connection = new TestConnection({}, { wire })
    const { alice, bob } = connection.sessions('chat', 'one')
    expect(alice.exportKey('label').send).toEqual(bob.exportKey('label').receive)
    expect(alice.exportKey('label').receive).toEqual(bob.exportKey('label').send)
    expect(alice.exportKey('label')).toEqual(alice.exportKey('label'))
    expect(alice.exportKey('label').send).not.toBe(alice.exportKey('label').send)
    const keys = [
      keyOf(alice),
      keyOf(bob),
      keyOf(alice, 'another'),
      keyOf(connection.sessions('chat', 'two').alice),
      keyOf(connection.sessions('cursors', 'one').alice),
      keyOf(new TestConnection({}, { wire }).sessions('chat', 'one').alice)
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })

  test('knows both public keys, and the same peer object each time', () => {
    const secrets = { alicePublicKey: randomBytes(32), bobPublicKey: randomBytes(32) }
    const connection = new TestConnection(secrets, { wire })
    const { alice, bob } = connection.sessions()
    expect([alice.localPublicKey, bob.remotePublicKey]).toEqual(Array(2).fill(secrets.alicePublicKey))
    expect([bob.localPublicKey, alice.remotePublicKey]).toEqual(Array(2).fill(secrets.bobPublicKey))
    expect(alice.peer.remotePublicKey).toEqual(secrets.bobPublicKey)
    expect(connection.sessions('cursors').alice.peer).toBe(alice.peer)
  })

  test('is authenticated if the connection is', () => {
    for (const authenticated of [false, true]) {
      const { alice, bob } = new TestConnection({}, { wire, authenticated }).sessions()
      expect([alice.authenticated, bob.authenticated]).toEqual([authenticated, authenticated])
    }
    expect(new TestConnection({}, { wire }).sessions().alice.authenticated).toBe(false)
  })

  test('has keys and counters of its own for each of two middleware with one name in a pipeline', () => {
    const connection = new TestConnection({}, { wire })
    const { middleware, opened } = remembering('twice')
    const { alice, bob } = connection.openAll([middleware, remembering('between').middleware, middleware])
    expect([alice.length, bob.length, opened.length]).toEqual([3, 3, 4])
    const [first, second, firstOfBob, secondOfBob] = opened
    expect(keyOf(first)).not.toBe(keyOf(second))
    expect(first?.counters).not.toBe(second?.counters)
    expect(firstOfBob?.exportKey('label').receive.toString('hex')).toBe(keyOf(first))
    expect(secondOfBob?.exportKey('label').receive.toString('hex')).toBe(keyOf(second))
  })

  test('has the keys of its name also where the other end has another pipeline around it', () => {
    const { middleware, opened } = remembering('signer')
    const limit = remembering('limit').middleware
    new TestConnection({}, { wire }).openAll({ alice: [limit, middleware], bob: [middleware] })
    const [alice, bob] = opened
    expect(bob?.exportKey('label').receive.toString('hex')).toBe(keyOf(alice))
  })
})

test('each meeting on v1 has new keys, and counters that begin at 0', () => {
  const connection = new TestConnection()
  const [first] = sessionsAt(connection, 'signer')
  if (first !== undefined) first.counters.sent = 7
  const [again, bob] = sessionsAt(connection, 'signer')
  expect(keyOf(again)).not.toBe(keyOf(first))
  expect(bob?.exportKey('label').receive.toString('hex')).toBe(keyOf(again))
  expect(again?.counters).toEqual({ sent: 0, received: 0 })
})

test('each session on v0 has the keys of the connection, and counters that go on by end, topic and name', () => {
  const connection = new TestConnection({}, { wire: 'v0' })
  const [alice] = sessionsAt(connection, 'signer')
  if (alice !== undefined) alice.counters.sent = 7
  const [again, bob] = sessionsAt(connection, 'signer')
  expect(keyOf(again)).toBe(keyOf(alice))
  expect(again?.counters).toBe(alice?.counters)
  expect(connection.sessions('chat', 'signer').alice.counters).toBe(alice?.counters)
  const others = [
    bob,
    ...sessionsAt(connection, 'signer', 'cursors'),
    ...sessionsAt(connection, 'another'),
    new TestConnection({}, { wire: 'v0' }).sessions('chat', 'signer').alice
  ]
  for (const session of others) expect(session?.counters).toEqual({ sent: 0, received: 0 })
})

test('a frame with headroom is extended where it is, and any other in a copy', () => {
  const frame = Buffer.from('frame')
  for (const [given, shared] of [
    [frame, false],
    [withHeadroom(frame), true]
  ] as const) {
    const extended = extend(given, 4, 16)
    expect(extended).toHaveLength(25)
    expect(extended.subarray(4, 9).toString()).toBe('frame')
    extended.fill(0)
    expect(given.equals(Buffer.alloc(5))).toBe(shared)
  }
  expect(frame.toString()).toBe('frame')
})
