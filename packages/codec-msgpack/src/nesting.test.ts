import { describe, expect, test } from 'vitest'
import { msgpack } from './index.js'

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < depth; level++) {
    value = [[value], { a: value }, new Map([['a', value]])][level % 3]
  }
  return value
}

describe.each([
  ['by default 100', msgpack(), 100],
  ['as told', msgpack({ maxDepth: 3 }), 3],
  ['at most 1000', msgpack({ maxDepth: 1000 }), 1000]
])('containers nest as deep as maxDepth, %s', (_, codec, maxDepth) => {
  test('exactly that deep goes out and comes back', () => {
    expect(codec.decode(codec.encode(nested(maxDepth)))).toEqual(nested(maxDepth))
  })

  test('one deeper is a RangeError on the sending side, naming the path', () => {
    expect(() => codec.encode(nested(maxDepth + 1))).toThrow(RangeError)
    expect(() => codec.encode(nested(maxDepth + 1))).toThrow(/^\$.*: nested deeper than \d+ \(maxDepth\)$/)
  })

  test.each([
    ['arrays', '91'],
    ['objects', '81a161'],
    ['Maps', '82c0c0a161']
  ])('one deeper is a RangeError on the receiving side, naming the byte: %s', (_, opening) => {
    const within = Buffer.from(`${opening.repeat(maxDepth)}c0`, 'hex')
    const beyond = Buffer.from(`${opening.repeat(maxDepth + 1)}c0`, 'hex')
    expect(codec.encode(codec.decode(within))).toEqual(within)
    expect(() => codec.decode(beyond)).toThrow(RangeError)
    expect(() => codec.decode(beyond)).toThrow(
      `byte ${(maxDepth * opening.length) / 2}: nested deeper than ${maxDepth} (maxDepth)`
    )
  })
})

test.each([
  ['arrays', '91'],
  ['objects', '81a161'],
  ['Maps', '82c0c0a161'],
  ['keys', '81']
])('a million open %s are refused by depth or form, not by the end of the stack', (_, opening) => {
  const bytes = Buffer.from(opening.repeat(1_000_000), 'hex')
  expect(() => msgpack({ maxDepth: 1000 }).decode(bytes)).toThrow('nested deeper than 1000 (maxDepth)')
})

test('a sender with a hundred thousand levels gets the same error', () => {
  expect(() => msgpack().encode(nested(100_000))).toThrow('nested deeper than 100 (maxDepth)')
})

test('the path in a message stays short however long the keys are', () => {
  const encode = () => msgpack({ maxDepth: 1 }).encode({ ['k'.repeat(10_000)]: {} })
  expect(encode).toThrow(/^\$\.k{98}…k{100}: nested deeper/)
})

test.each([0, -1, 1.5, 1001, Number.NaN, Number.POSITIVE_INFINITY])(
  'a maxDepth of %d is refused',
  maxDepth => {
    expect(() => msgpack({ maxDepth })).toThrow(RangeError)
    expect(() => msgpack({ maxDepth })).toThrow('maxDepth is an integer from 1 to 1000')
  }
)
