import { randomBytes } from 'node:crypto'
import { TestConnection } from '@peersockets/testing'
import { describe, expect, test } from 'vitest'
import { type HmacOptions, hmac } from './index.js'
import { acceptedBy, codeOf, errorOf, signedBy } from './signing.fixture.js'

describe('options', () => {
  const key = randomBytes(32)

  test.for<[string, HmacOptions]>([
    ['hmac', {}],
    ['hmac', { tagBytes: 16 }],
    ['hmac/24', { tagBytes: 24 }],
    ['hmac+key', { key }],
    ['hmac+key', { keys: [key] }],
    ['hmac+key', { keys: [key, randomBytes(32)], tagBytes: 16 }],
    ['hmac+key/32', { key, tagBytes: 32 }]
  ])('the name is %s, and tells what both sides need the same of', ([name, options]) => {
    expect(hmac(options).name).toBe(name)
  })

  test('the name tells nothing of a key, and no two that would not understand each other have one but for keys', () => {
    expect(hmac({ key }).name).toBe(hmac({ key: randomBytes(20) }).name)
    const lengths = Array.from({ length: 17 }, (_, more) => 16 + more)
    const names = lengths.flatMap(tagBytes =>
      [hmac({ tagBytes }), hmac({ key, tagBytes })].map(({ name }) => name)
    )
    expect(new Set(names).size).toBe(34)
  })

  test('a key has at least 16 bytes', () => {
    expect(() => hmac({ key: Buffer.alloc(16, 1) })).not.toThrow()
    for (const length of [0, 1, 15]) {
      expect(codeOf(() => hmac({ key: Buffer.alloc(length, 1) }))).toBe('ERR_INVALID_ARGUMENT')
      expect(codeOf(() => hmac({ keys: [key, Buffer.alloc(length, 1)] }))).toBe('ERR_INVALID_ARGUMENT')
    }
  })

  test('a key may be a Buffer or a Uint8Array, which are the same key', () => {
    const { alice, bob } = new TestConnection().open({
      alice: hmac({ key }),
      bob: hmac({ key: new Uint8Array(key) })
    })
    expect(acceptedBy(bob, signedBy(alice, 'hi'))).toBe('hi')
  })

  test.for<[string, unknown]>([
    ['key: undefined, so that a missing setting is not a topic without a key', { key: undefined }],
    ['key: null', { key: null }],
    ['a passphrase', { key: 'correct horse battery staple' }],
    ['an array of numbers', { key: Array.from(key) }],
    ['other words than bytes', { key: new Uint32Array(8) }],
    ['keys: undefined', { keys: undefined }],
    ['no keys', { keys: [] }],
    ['17 keys', { keys: Array.from({ length: 17 }, () => key) }],
    ['keys that are not a list', { keys: key }],
    ['a list with a hole', { keys: new Array(2) }],
    ['key and keys', { key, keys: [key] }],
    ['an option that does not exist', { secret: key }],
    ['a misspelt option', { Key: key }],
    ['a key in the place of the options', key],
    ['a string in the place of the options', 'key'],
    ['a list in the place of the options, an empty one too', []],
    ['null', null],
    ['tagBytes: 15', { tagBytes: 15 }],
    ['tagBytes: 33', { tagBytes: 33 }],
    ['tagBytes: 16.5', { tagBytes: 16.5 }],
    ['tagBytes: NaN', { tagBytes: Number.NaN }],
    ['tagBytes: "16"', { tagBytes: '16' }]
  ])('refused with ERR_INVALID_ARGUMENT: %s', ([, options]) => {
    const error = errorOf(() => hmac(options as HmacOptions))
    expect(error.code).toBe('ERR_INVALID_ARGUMENT')
    expect(error.message).toMatch(/^hmac\(\): /)
  })

  test('the words of a refusal name the option and the limit', () => {
    expect(errorOf(() => hmac({ keys: [key, Buffer.alloc(3)] })).message).toBe(
      'hmac(): keys[1] has 3 bytes, but 16 is the least. Make one with crypto.randomBytes(32).'
    )
    expect(errorOf(() => hmac({ tagBytes: 12 })).message).toBe(
      'hmac(): tagBytes is a whole number from 16 to 32.'
    )
  })
})
