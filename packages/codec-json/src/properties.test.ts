import { deepStrictEqual } from 'node:assert/strict'
import { withoutUndefined } from '@peersockets/values/odd-values'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { json } from './index.js'
import { countMembers } from './structure.js'

const codec = json()

// Of any code point, so also of NUL, U+FFFD, U+FEFF and those beyond 16 bits.
const text = fc.string({ unit: 'binary' })
const key = fc.oneof(
  text,
  fc.constantFrom('__proto__', 'constructor', 'toJSON', 'hasOwnProperty', 'length', '0')
)
const number = fc.double({ noNaN: true, noDefaultInfinity: true })
const { value: anyValue } = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constant(null),
    fc.boolean(),
    number,
    fc.integer(),
    text,
    tie('array'),
    tie('object')
  ),
  array: fc.array(tie('value'), { maxLength: 8 }),
  object: fc
    .uniqueArray(fc.tuple(key, tie('value')), { selector: ([name]) => name, maxLength: 8 })
    .map(Object.fromEntries)
}))

/** Decodes; what is taken must survive the way back, and what is refused must be one of the two documented errors. */
function judge(bytes: Buffer): void {
  let value: unknown
  try {
    value = codec.decode(bytes)
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error
    return
  }
  deepStrictEqual(codec.decode(codec.encode(value)), value)
}

test('every JSON value comes back as it was sent', () => {
  fc.assert(fc.property(anyValue, value => deepStrictEqual(codec.decode(codec.encode(value)), value)))
})

test('JSON.parse of any other reader gets the same value', () => {
  fc.assert(
    fc.property(anyValue, value => deepStrictEqual(JSON.parse(codec.encode(value).toString()), value))
  )
})

test('any value at all is encoded without loss or refused with a TypeError or RangeError', () => {
  const everything = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
    withSparseArray: true,
    withTypedArray: true,
    stringUnit: 'binary'
  })
  fc.assert(
    fc.property(everything, value => {
      let bytes: Buffer
      try {
        bytes = codec.encode(value)
      } catch (error) {
        if (!(error instanceof TypeError || error instanceof RangeError)) throw error
        expect(error.message).toMatch(/^\$.*: /s)
        return
      }
      deepStrictEqual(codec.decode(bytes), withoutUndefined(structuredClone(value)))
    }),
    { numRuns: 500 }
  )
})

test('bytes are refused with a SyntaxError or RangeError, or survive the way back', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), bytes => judge(Buffer.from(bytes))))
})

test('so is text made of the pieces of JSON', () => {
  const piece = fc.constantFrom(
    ...'{}[]":,\\-.',
    '"a"',
    '"a":',
    '\\u',
    'd800',
    'dc00',
    '0',
    '9007199254740993',
    'e999',
    'null'
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 24 }), pieces => judge(Buffer.from(pieces.join('')))),
    { numRuns: 2000 }
  )
})

test('so is a sound message with a byte changed or cut off', () => {
  fc.assert(
    fc.property(anyValue, fc.nat(), fc.nat({ max: 255 }), (value, place, byte) => {
      const bytes = codec.encode(value)
      const at = place % bytes.length
      judge(bytes.subarray(0, at))
      bytes[at] = byte
      judge(bytes)
    })
  )
})

test.each([1_000, 100_000])('a value of %d properties has each property read once', size => {
  let reads = 0
  const value = {}
  for (let index = 0; index < size; index++) {
    Object.defineProperty(value, `k${index}`, { enumerable: true, get: () => ++reads })
  }
  codec.encode(value)
  expect(reads).toBe(size)
})

test.each([
  ['brackets', '[]'],
  ['quotes', '"'],
  ['backslashes in a string', '"\\'],
  ['colons', ':']
])('every byte of hostile text is looked at once before parsing: %s', (_, pattern) => {
  let reads = 0
  const bytes = new Proxy(Buffer.from(pattern.repeat(10_000)), {
    get(target, property) {
      if (typeof property === 'string' && /^\d+$/.test(property)) reads++
      return Reflect.get(target, property, target)
    }
  })
  countMembers(bytes, 100)
  expect(reads).toBeLessThanOrEqual(bytes.length)
  expect(reads).toBeGreaterThan(0)
})
