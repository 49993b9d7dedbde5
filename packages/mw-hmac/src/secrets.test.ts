import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { inspect } from 'node:util'
import { TestConnection } from '@peersockets/testing'
import type { ExportedKey, Session } from 'peersockets/plugin'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { type HmacOptions, hmac } from './index.js'
import { codeOf, errorOf, flipped, signedBy } from './signing.fixture.js'

vi.mock('node:crypto', { spy: true })

beforeEach(() => {
  vi.clearAllMocks()
})

/** A session that remembers the very buffers it gave away. */
function watched(): { session: Session; given: ExportedKey[] } {
  const given: ExportedKey[] = []
  const session: Session = {
    ...new TestConnection().sessions().alice,
    exportKey: () => {
      const exported = { send: randomBytes(32), receive: randomBytes(32) }
      given.push(exported)
      return exported
    }
  }
  return { session, given }
}

/** The very buffers that keys were derived with since this was asked last. */
function keysDerivedWith(): Buffer[] {
  const keys = vi.mocked(createHmac).mock.calls.map(([, key]) => memoryOf(key))
  vi.mocked(createHmac).mockClear()
  return keys
}

/** All the memory of each key that a frame was signed or checked with since this was asked last. */
function keysSignedWith(): Buffer[] {
  const outer = vi.mocked(hash).mock.calls.filter(([, data]) => memoryOf(data).length === 64 + 32)
  vi.mocked(hash).mockClear()
  return outer.map(([, data]) => Buffer.from(memoryOf(data).buffer))
}

function memoryOf(key: unknown): Buffer {
  if (!Buffer.isBuffer(key)) throw new Error('a key that cannot be wiped')
  return key
}

const wiped = (bytes: Buffer): boolean => bytes.every(byte => byte === 0)

describe('keys', () => {
  const secret = randomBytes(32)

  test('that the session exported are wiped once the layer is open', () => {
    const { session, given } = watched()
    hmac({ keys: [secret, randomBytes(32)] }).open(session)
    expect(given).toHaveLength(1)
    expect(given.flatMap(({ send, receive }) => [wiped(send), wiped(receive)])).toEqual([true, true])
  })

  test('that the derivation went through are wiped; only what stands for the shared keys stays', () => {
    hmac({ keys: [secret, randomBytes(32)] }).open(watched().session)
    const keys = keysDerivedWith()
    const kept = new Set(keys.filter(key => !wiped(key)))
    expect(keys.length).toBeGreaterThan(kept.size)
    expect(kept.size).toBe(2)
    for (const key of kept) expect(key.includes(secret)).toBe(false)
  })

  test('that came of it are wiped once they can be signed with', () => {
    const allocate = vi.spyOn(Buffer, 'alloc')
    hmac({ keys: [secret, randomBytes(32)] }).open(watched().session)
    const derived = allocate.mock.results.map(({ value }) => value).filter(({ length }) => length === 32)
    allocate.mockRestore()
    expect(derived.map(wiped)).toEqual([true, true, true])
  })

  test('that frames are signed and checked with are wiped when the layer closes', () => {
    const layer = hmac({ keys: [secret, randomBytes(32)] }).open(watched().session)
    for (const length of [2, 10_000]) {
      signedBy(layer, Buffer.alloc(length))
      expect(codeOf(() => layer.receive(Buffer.alloc(length + 22)))).toBe('ERR_BAD_SIGNATURE')
    }
    const keys = keysSignedWith()
    expect(keys.map(wiped)).toEqual(Array(6).fill(false))
    layer.close?.()
    expect(keys.map(wiped)).toEqual(Array(6).fill(true))
  })

  test('of the caller are left alone', () => {
    const [given, copy] = [Buffer.from(secret), Buffer.from(secret)]
    const layer = hmac({ key: given }).open(watched().session)
    signedBy(layer, 'hi')
    layer.close?.()
    expect(given).toEqual(copy)
  })
})

describe('tags are compared in constant time', () => {
  test.for([16, 32])(
    'over all of their %i bytes, whether they differ early, late or not at all',
    tagBytes => {
      const { alice, bob } = new TestConnection().open(hmac({ tagBytes }))
      const frame = signedBy(alice, 'hi')
      for (const at of [frame.length - tagBytes, frame.length - 1]) {
        const changed = Buffer.from(frame)
        changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
        expect(codeOf(() => bob.receive(changed))).toBe('ERR_BAD_SIGNATURE')
      }
      bob.receive(frame)
      const compared = vi.mocked(timingSafeEqual).mock.calls.map(tags => tags.map(tag => tag.byteLength))
      expect(compared).toEqual([
        [tagBytes, tagBytes],
        [tagBytes, tagBytes],
        [tagBytes, tagBytes]
      ])
    }
  )
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
  const shared = randomBytes(32)
  const shown = (value: unknown): string =>
    inspect(value, { depth: null, showHidden: true, maxArrayLength: null }) + JSON.stringify(value)

  function secretsOf(given: ExportedKey[]): string[] {
    const derived = keysDerivedWith().map(key => Buffer.from(key))
    return [shared, ...derived, ...given.flatMap(({ send, receive }) => [send, receive])]
      .filter(bytes => !wiped(bytes))
      .flatMap(renderings)
  }

  test('by this test, if it were there', () => {
    for (const value of [
      { shared },
      { shared: shared.toString('hex') },
      [...shared],
      shared.toString('base64')
    ]) {
      expect(renderings(shared).some(rendering => shown(value).includes(rendering))).toBe(true)
    }
  })

  test('in a middleware or a layer, by inspect or JSON', () => {
    const { session, given } = watched()
    const middleware = hmac({ keys: [shared, randomBytes(32)] })
    const layer = middleware.open(session)
    signedBy(layer, 'hi')
    expect(codeOf(() => layer.receive(Buffer.alloc(100)))).toBe('ERR_BAD_SIGNATURE')
    const secrets = secretsOf(given)
    expect(secrets.length).toBeGreaterThan(0)
    const text = shown(middleware) + shown(layer) + shown(session)
    expect(secrets.filter(secret => text.includes(secret))).toEqual([])
  })

  test('in an error about a frame, and neither its content nor its tag', () => {
    const { alice, bob } = new TestConnection().open(hmac({ key: shared }))
    const frame = signedBy(alice, 'whispered')
    bob.receive(frame)
    const tagAt = frame.length - 16
    const changed = flipped(frame, frame.length * 8 - 1)
    const errors = [frame, changed, frame.subarray(6, 15)].map(bytes => errorOf(() => bob.receive(bytes)))
    expect(errors.map(({ code }) => code)).toEqual([
      'ERR_REPLAYED',
      'ERR_BAD_SIGNATURE',
      'ERR_MALFORMED_FRAME'
    ])
    const secrets = [...secretsOf([]), ...renderings(frame.subarray(tagAt)), 'whispered']
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
      shared,
      [passphrase],
      { key: passphrase },
      { keys: [shared, passphrase] },
      { key: short },
      { key: [...shared] },
      { key: shared, keys: [shared] },
      { key: shared, tagBytes: 8 },
      { keys: passphrase }
    ]
    const secrets = [...renderings(shared), ...renderings(short), 'battery']
    for (const options of wrong) {
      const text = shown(errorOf(() => hmac(options as HmacOptions)))
      expect(secrets.filter(secret => text.includes(secret))).toEqual([])
    }
  })
})
