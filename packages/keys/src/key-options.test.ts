import { PeersocketsError } from 'peersockets'
import { describe, expect, test } from 'vitest'
import { checkNames, type KeyOptions, readKeys } from './key-options.js'

const key = Buffer.alloc(16, 1)

function messageOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    if (!(error instanceof PeersocketsError)) throw error
    expect(error.code).toBe('ERR_INVALID_ARGUMENT')
    return error.message
  }
  return expect.unreachable('nothing was thrown')
}

describe('keys', () => {
  test('are those given, the one to send with first', () => {
    expect(readKeys('seal', { key })).toEqual([key])
    const keys = Array.from({ length: 16 }, (_, at) => new Uint8Array(16).fill(at))
    expect(readKeys('seal', { keys })).toEqual(keys)
  })

  test('are none where neither option is there, and never where one is there without a value', () => {
    expect(readKeys('seal', {})).toBeUndefined()
    for (const options of [{ key: undefined }, { keys: undefined }]) {
      expect(messageOf(() => readKeys('seal', options))).toMatch(/^seal\(\): keys? is/)
    }
  })

  test.for<[string, KeyOptions]>([
    ['key and keys cannot be given together; put key first into keys', { key, keys: [key] }],
    ['keys is a list of 1 to 16 keys, the one to send with first', { keys: [] }],
    ['keys is a list of 1 to 16 keys, the one to send with first', { keys: Array(17).fill(key) }],
    [
      'key is string, but has to be a Buffer or Uint8Array. A passphrase becomes one with scrypt',
      { key: 'x'.repeat(32) }
    ],
    [
      'keys[1] is null, but has to be a Buffer or Uint8Array. A passphrase becomes one with scrypt',
      { keys: [key, null] }
    ],
    [
      'keys[1] has 15 bytes, but 16 is the least. Make one with crypto.randomBytes(32)',
      { keys: [key, key.subarray(1)] }
    ]
  ])('are refused with the words: %s', ([words, options]) => {
    expect(messageOf(() => readKeys('seal', options))).toBe(`seal(): ${words}.`)
  })
})

describe('the names of options', () => {
  test('are those known, or fewer', () => {
    for (const options of [{}, { key }, { key, size: 1 }]) {
      expect(() => checkNames('seal', options, ['key', 'size'])).not.toThrow()
    }
  })

  test('that are not known are not printed: one may be a key in the wrong place', () => {
    const options = { [key.toString('hex')]: true }
    expect(messageOf(() => checkNames('seal', options, ['key', 'size']))).toBe(
      'seal(): there is an option that is none of key, size.'
    )
  })

  test.for<[string, unknown]>([
    ['null', null],
    ['a string', 'key'],
    ['a key', key],
    ['a list', [key]],
    ['an empty list', []]
  ])('are not looked for in %s', ([, options]) => {
    expect(messageOf(() => checkNames('seal', options, ['key']))).toBe(
      'seal(): it takes an object, such as seal({ key }).'
    )
  })
})
