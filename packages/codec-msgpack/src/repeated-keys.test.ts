import { deepStrictEqual } from 'node:assert/strict'
import { describe, expect, test } from 'vitest'
import { msgpack } from './index.js'

const codec = msgpack()

/** Of the empty key, and at both ends of each form of a string and of what the guard looks at in one call. */
const LENGTHS = [
  0, 1, 2, 3, 8, 9, 10, 30, 31, 32, 33, 64, 127, 128, 129, 130, 254, 255, 256, 257, 65_535, 65_536
]
const keys = LENGTHS.map((length, at) =>
  String.fromCharCode(0x41 + at)
    .padEnd(length, 'x')
    .slice(0, length)
)

/** From one key to more than the guard compares with each other. */
const COUNTS = keys.map((_, at) => at + 1)

function shortest(text: string): Buffer {
  const { length } = text
  if (length < 32) return Buffer.concat([Buffer.of(0xa0 | length), Buffer.from(text)])
  if (length < 2 ** 8) return Buffer.concat([Buffer.of(0xd9, length), Buffer.from(text)])
  return length < 2 ** 16
    ? Buffer.concat([Buffer.of(0xda, length >> 8, length), Buffer.from(text)])
    : longest(text)
}

function longest(text: string): Buffer {
  const head = Buffer.alloc(5, 0xdb)
  head.writeUInt32BE(text.length, 1)
  return Buffer.concat([head, Buffer.from(text)])
}

/** The bytes of a map of these keys. No two values are the same, so no two entries are. */
function mapOf(encodedKeys: readonly Buffer[]): Buffer {
  return Buffer.concat([
    Buffer.of(0xde, 0, encodedKeys.length),
    ...encodedKeys.flatMap((key, at) => [key, Buffer.of(at)])
  ])
}

interface Place {
  readonly bytes: (map: Buffer) => Buffer
  readonly value: (map: unknown) => unknown
}

const before = mapOf(keys.map(shortest))
const valueBefore = Object.fromEntries(keys.map((key, at) => [key, at]))

const PLACES: readonly [string, Place][] = [
  ['alone', { bytes: map => map, value: map => map }],
  [
    'in an array, after a map with the same keys',
    { bytes: map => Buffer.concat([Buffer.of(0x92), before, map]), value: map => [valueBefore, map] }
  ],
  [
    'in a map, behind and before an empty key and one of its own',
    {
      bytes: map => Buffer.concat([Buffer.from('83a0c0a141', 'hex'), map, Buffer.from('a142c0', 'hex')]),
      value: map => ({ '': null, A: map, B: null })
    }
  ],
  [
    'in a Map',
    {
      bytes: map => Buffer.concat([Buffer.from('82c0c0a0', 'hex'), map]),
      value: map => new Map([['', map]])
    }
  ]
]

describe.each(PLACES)('in a map %s', (_, { bytes, value }) => {
  test.each(COUNTS)('%d different keys, of all lengths, are taken', count => {
    // Each length has its turn among few keys.
    for (let from = 0; from + count <= keys.length; from++) {
      const some = keys.slice(from, from + count)
      const decoded = codec.decode(bytes(mapOf(some.map(shortest))))
      deepStrictEqual(decoded, value(Object.fromEntries(some.map((key, at) => [key, at]))))
    }
  })

  test.each(COUNTS)('a key that follows %d keys, of which it is one, is refused', count => {
    for (let from = 0; from + count <= keys.length; from++) {
      const some = keys.slice(from, from + count)
      for (const key of some) {
        for (const again of [shortest(key), longest(key)]) {
          const map = mapOf([...some.map(shortest), again])
          expect(() => codec.decode(bytes(map))).toThrow(/^byte \d+: a map key that was there before$/)
        }
      }
    }
  })

  test.each(COUNTS)('the empty key is refused where a map of %d keys has it already', count => {
    const others = keys.slice(1, count).map(shortest)
    for (let first = 0; first <= others.length; first++) {
      const map = mapOf([...others.slice(0, first), shortest(''), ...others.slice(first), longest('')])
      expect(() => codec.decode(bytes(map))).toThrow('a map key that was there before')
    }
  })
})
