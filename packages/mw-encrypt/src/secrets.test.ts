import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { TestConnection } from '@peersockets/testing'
import type { ExportedKey, Session } from 'peersockets/plugin'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { type EncryptOptions, encrypt } from './encrypt.js'
import { codeOf, errorOf, flipped, openedBy, sealedBy, sessionOf } from './sealing.fixture.js'

vi.mock('node:crypto', { spy: true })

beforeEach(() => {
  vi.clearAllMocks()
})

const key = randomBytes(32)

/** The very buffers that keyed a hash, an encryption or a decryption so far. */
function keysUsed(): Buffer[] {
  return [createHmac, createCipheriv, createDecipheriv]
    .flatMap(spied => vi.mocked(spied).mock.calls.map(([, bytes]) => bytes))
    .map(bytes => {
      if (!Buffer.isBuffer(bytes)) throw new Error('a key that cannot be wiped')
      return bytes
    })
}

const wiped = (bytes: Buffer): boolean => bytes.every(byte => byte === 0)

/** A session that remembers the very buffers it gave away. */
function watched(): { session: Session; given: ExportedKey[] } {
  const given: ExportedKey[] = []
  const session = sessionOf('board', randomBytes(32), randomBytes(32), () => {
    const exported = { send: randomBytes(32), receive: randomBytes(32) }
    given.push(exported)
    return exported
  })
  return { session, given }
}

describe('keys', () => {
  test('that the session exported are wiped once the layer is open', () => {
    const { session, given } = watched()
    encrypt({ keys: [key, randomBytes(32)] }).open(session)
    expect(given).toHaveLength(1)
    expect(given.flatMap(({ send, receive }) => [wiped(send), wiped(receive)])).toEqual([true, true])
  })

  test('of a layer are wiped when it closes; only what stands for the keys of the group stays', () => {
    // Those of the connection itself are not the layer's to wipe.
    const handshake = { aliceToBob: randomBytes(32), bobToAlice: randomBytes(32) }
    const ofConnection = new Set<Buffer>(Object.values(handshake))
    const connection = new TestConnection(handshake, { wire: 'v0' })
    const unwiped = () => new Set(keysUsed().filter(bytes => !wiped(bytes) && !ofConnection.has(bytes)))
    const middleware = encrypt({ keys: [key, randomBytes(32)] })
    const { alice, bob } = connection.open(middleware)
    const again = connection.open(middleware).alice
    // A second layer of the peer has a salt of its own, so that bob changes the key that he receives with.
    for (const sender of [alice, again, alice]) openedBy(bob, sealedBy(sender, 'hi'))
    expect(codeOf(() => bob.receive(randomBytes(100)))).toBe('ERR_BAD_SIGNATURE')
    expect(unwiped().size).toBeGreaterThan(2)
    for (const layer of [alice, bob, again]) layer.close?.()
    const kept = unwiped()
    expect(kept.size).toBe(2)
    for (const bytes of kept) expect(bytes.includes(key)).toBe(false)
  })

  test('of the caller are left alone', () => {
    const [given, copy] = [Buffer.from(key), Buffer.from(key)]
    const layer = encrypt({ key: given }).open(watched().session)
    sealedBy(layer, 'hi')
    layer.close?.()
    expect(given).toEqual(copy)
  })
})

test('a forged frame costs one derivation and one decryption for each key at most, and a right one no derivation', () => {
  const keys = [key, ...Array.from({ length: 15 }, () => randomBytes(32))]
  const { alice, bob } = new TestConnection().open(encrypt({ keys }))
  openedBy(bob, sealedBy(alice, 'the salt is known'))
  const frame = sealedBy(alice, 'hi')
  const costOf = (call: () => unknown) => {
    vi.clearAllMocks()
    call()
    return [createHmac, createDecipheriv].map(spied => vi.mocked(spied).mock.calls.length)
  }
  expect(costOf(() => codeOf(() => bob.receive(randomBytes(1000))))).toEqual([16, 16])
  expect(costOf(() => codeOf(() => bob.receive(flipped(frame, 200))))).toEqual([0, 1])
  expect(costOf(() => codeOf(() => bob.receive(randomBytes(37))))).toEqual([0, 0])
  expect(costOf(() => openedBy(bob, frame))).toEqual([0, 1])
})

/** How `bytes` might look in a log. The first eight are enough to be found by. */
function renderings(bytes: Buffer): string[] {
  const start = bytes.subarray(0, 8)
  const pairs = start.toString('hex').match(/../g) ?? []
  return [
    pairs.join(''),
    pairs.join(' '),
    [...start].join(', '),
    [...start].join(','),
    start.toString('base64', 0, 6)
  ]
}

describe('nothing secret can be read', () => {
  const shown = (value: unknown): string =>
    inspect(value, { depth: null, showHidden: true, maxArrayLength: null }) + JSON.stringify(value)

  const secretsNow = () => [key, ...keysUsed().filter(bytes => !wiped(bytes))].flatMap(renderings)

  test('by this test, if it were there', () => {
    for (const value of [{ key }, { key: key.toString('hex') }, [...key], key.toString('base64')]) {
      expect(renderings(key).some(rendering => shown(value).includes(rendering))).toBe(true)
    }
  })

  test('in a middleware or a layer, by inspect or JSON', () => {
    const connection = new TestConnection()
    const middleware = encrypt({ keys: [key, randomBytes(32)] })
    const { alice, bob } = connection.open(middleware)
    openedBy(bob, sealedBy(alice, 'hi'))
    const secrets = secretsNow()
    expect(secrets.length).toBeGreaterThan(20)
    const text = [middleware, alice, bob, connection.sessions()].map(shown).join()
    expect(secrets.filter(secret => text.includes(secret))).toEqual([])
  })

  test('in an error about a frame', () => {
    const { alice, bob } = new TestConnection().open(encrypt({ key }))
    const frame = sealedBy(alice, 'whispered')
    openedBy(bob, frame)
    const errors = [frame, flipped(frame, 300), frame.subarray(0, 30)].map(bytes =>
      errorOf(() => bob.receive(bytes))
    )
    expect(errors.map(({ code }) => code)).toEqual([
      'ERR_REPLAYED',
      'ERR_BAD_SIGNATURE',
      'ERR_MALFORMED_FRAME'
    ])
    const secrets = [...secretsNow(), ...renderings(frame.subarray(22)), 'whispered']
    for (const error of errors) {
      const text = shown(error) + String(error.cause)
      expect(secrets.filter(secret => text.includes(secret))).toEqual([])
    }
  })

  test('in an error about the options', () => {
    const passphrase = 'correct horse battery staple'
    const short = randomBytes(15)
    const wrong: unknown[] = [
      passphrase,
      key,
      { key: passphrase },
      { keys: [key, passphrase] },
      { key: short },
      { key: [...key] },
      { key, keys: [key] },
      { keys: passphrase },
      { [key.toString('hex')]: key }
    ]
    const secrets = [...renderings(key), ...renderings(short), 'battery']
    for (const options of wrong) {
      const text = shown(errorOf(() => encrypt(options as EncryptOptions)))
      expect(secrets.filter(secret => text.includes(secret))).toEqual([])
    }
  })
})
