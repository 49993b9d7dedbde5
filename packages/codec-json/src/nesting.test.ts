import { describe, expect, test } from 'vitest'
import { json } from './index.js'

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < depth; level++) value = level % 2 ? [value] : { a: value }
  return value
}

describe.each([
  ['by default 100', json(), 100],
  ['as told', json({ maxDepth: 3 }), 3],
  ['at most 1000', json({ maxDepth: 1000 }), 1000]
])('containers nest as deep as maxDepth, %s', (_, codec, maxDepth) => {
  test('exactly that deep goes out and comes back', () => {
    expect(codec.decode(codec.encode(nested(maxDepth)))).toEqual(nested(maxDepth))
  })

  test('one deeper is a RangeError on the sending side, naming the path', () => {
    expect(() => codec.encode(nested(maxDepth + 1))).toThrow(RangeError)
    expect(() => codec.encode(nested(maxDepth + 1))).toThrow(/^\$.*: nested deeper than \d+ \(maxDepth\)$/)
  })

  test('one deeper is a RangeError on the receiving side', () => {
    const bytes = Buffer.from(JSON.stringify(nested(maxDepth + 1)))
    expect(() => codec.decode(bytes)).toThrow(RangeError)
    expect(() => codec.decode(bytes)).toThrow('nested deeper than')
  })
})

test.each([
  ['arrays', '['],
  ['objects', '{"a":']
])('a million open %s are refused by depth, not by the end of the stack', (_, opening) => {
  const bytes = Buffer.from(opening.repeat(1_000_000))
  expect(() => json().decode(bytes)).toThrow('nested deeper than 100 (maxDepth)')
})

test('a sender with a hundred thousand levels gets the same error', () => {
  expect(() => json().encode(nested(100_000))).toThrow('nested deeper than 100 (maxDepth)')
})

test('the path in a message stays short however long the keys are', () => {
  const encode = () => json({ maxDepth: 1 }).encode({ ['k'.repeat(10_000)]: {} })
  expect(encode).toThrow(/^\$\.k{98}…k{100}: nested deeper/)
})

test.each([0, -1, 1.5, 1001, Number.NaN, Number.POSITIVE_INFINITY])(
  'a maxDepth of %d is refused',
  maxDepth => {
    expect(() => json({ maxDepth })).toThrow(RangeError)
    expect(() => json({ maxDepth })).toThrow('maxDepth is an integer from 1 to 1000')
  }
)
