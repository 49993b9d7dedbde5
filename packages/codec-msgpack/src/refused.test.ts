import { describe, expect, test } from 'vitest'
import { msgpack } from './index.js'

const codec = msgpack()

class Point {
  x = 1
}
class List extends Array<number> {}
class Registry extends Map<string, number> {}
class Moment extends Date {}

function sparse(): unknown[] {
  const array: unknown[] = [1, 2, 3]
  delete array[1]
  return array
}

describe('what MessagePack has no form for is a TypeError that names the path', () => {
  test.each<[string, unknown, string]>([
    ['undefined itself', undefined, '$: undefined has no form in MessagePack; use null'],
    ['an undefined element', { a: [1, undefined] }, '$.a[1]: undefined has no form in MessagePack; use null'],
    ['a hole in an array', sparse(), '$[1]: undefined has no form'],
    ['a function', { user: { tags: [0, 1, 2, () => {}] } }, '$.user.tags[3]: a function has no form'],
    ['a toJSON method', { a: { toJSON: () => 1 } }, '$.a.toJSON: a function has no form'],
    ['a symbol', [Symbol('s')], '$[0]: a symbol has no form'],
    ['a symbol key', { a: { [Symbol('s')]: 1 } }, '$.a: the key Symbol(s) has no form'],
    ['a Set', { 'seen by': new Set() }, '$["seen by"]: an instance of Set has no form'],
    [
      'a typed array other than Uint8Array',
      { a: new Float64Array(1) },
      '$.a: an instance of Float64Array has no form'
    ],
    ['a clamped array', { a: new Uint8ClampedArray(1) }, '$.a: an instance of Uint8ClampedArray has no form'],
    ['an ArrayBuffer', { a: new ArrayBuffer(1) }, '$.a: an instance of ArrayBuffer has no form'],
    ['a DataView', { a: new DataView(new ArrayBuffer(1)) }, '$.a: an instance of DataView has no form'],
    ['an Error', { a: new Error('x') }, '$.a: an instance of Error has no form'],
    ['a RegExp', { a: /x/ }, '$.a: an instance of RegExp has no form'],
    ['a boxed number', { a: Object(1) }, '$.a: an instance of Number has no form'],
    ['a class instance', { a: new Point() }, '$.a: an instance of Point has no form'],
    ['an array subclass', { a: List.of(1) }, '$.a: an instance of List has no form'],
    ['a Map subclass', { a: new Registry() }, '$.a: an instance of Registry has no form'],
    ['a Date subclass', { a: new Moment() }, '$.a: an instance of Moment has no form'],
    ['an object that inherits', { a: Object.create({ b: 1 }) }, '$.a: an instance of Object has no form'],
    ['an instance of no named class', new (class {})(), '$: an instance of a class has no form'],
    ['a lone surrogate', { a: 'x\ud800' }, '$.a: the string has a lone surrogate, which UTF-8 cannot carry'],
    [
      'a lone surrogate in a long string',
      ['x'.repeat(99).concat('\udfff')],
      '$[0]: the string has a lone surrogate'
    ],
    ['a lone surrogate in a key', { a: { '\udc00': 1 } }, '$.a: the key "\\udc00" has a lone surrogate'],
    ['undefined in a Map', { a: new Map([['b c', undefined]]) }, '$.a.get("b c"): undefined has no form'],
    [
      'undefined in a Map with number keys',
      new Map([[7, [undefined]]]),
      '$.get(7)[0]: undefined has no form'
    ],
    ['undefined in a Map with bigint keys', new Map([[7n, undefined]]), '$.get(7n): undefined has no form'],
    [
      'a lone surrogate in a key of a Map',
      new Map([['\ud800', 1]]),
      '$.get("\\ud800"): the string has a lone surrogate'
    ],
    ['an object as a key of a Map', [new Map([[{}, 1]])], '$[0]: a key of the Map is an instance of Object'],
    ['bytes as a key of a Map', new Map([[Buffer.of(1), 1]]), '$: a key of the Map is an instance of Buffer'],
    ['undefined as a key of a Map', new Map([[undefined, 1]]), '$: a key of the Map is undefined'],
    ['null as a key of a Map', new Map([[null, 1]]), '$: a key of the Map is null'],
    ['a function as a key of a Map', new Map([[() => {}, 1]]), '$: a key of the Map is a function']
  ])('%s', (_, value, message) => {
    expect(() => codec.encode(value)).toThrow(TypeError)
    expect(() => codec.encode(value)).toThrow(message)
  })

  test('a cycle, by where it closes and where it leads back to', () => {
    const room: Record<string, unknown> = {}
    room.members = new Map([['ada', { rooms: [room] }]])
    const encode = () => codec.encode({ room })
    expect(encode).toThrow(TypeError)
    expect(encode).toThrow('$.room.members.get("ada").rooms[0]: a cycle, back to $.room')
  })
})

describe('what is out of range is a RangeError that names the path', () => {
  test.each<[string, unknown, string]>([
    ['a bigint above 64 bits', { a: [2n ** 64n] }, '$.a[0]: the bigint does not fit in 64 bits'],
    ['a bigint below 64 bits', { a: -(2n ** 63n) - 1n }, '$.a: the bigint does not fit in 64 bits'],
    ['an invalid Date', { a: new Date(Number.NaN) }, '$.a: the Date is invalid']
  ])('%s', (_, value, message) => {
    expect(() => codec.encode(value)).toThrow(RangeError)
    expect(() => codec.encode(value)).toThrow(message)
  })
})

test.each<[string, unknown, unknown]>([
  ['alone', { a: undefined }, {}],
  ['among others', { a: undefined, text: 'hi', b: undefined, at: 1, c: undefined }, { text: 'hi', at: 1 }],
  ['further in', [{ a: { b: undefined, c: [{ d: undefined }] } }], [{ a: { c: [{}] } }]],
  ['in a Map', new Map([['a', { b: undefined, c: 1 }]]), new Map([['a', { c: 1 }]])],
  ['under the key __proto__', Object.fromEntries([['__proto__', undefined]]), {}],
  ['under a key with a lone surrogate', { '\ud800': undefined }, {}]
])('a property that is undefined is left out: %s', (_, value, without) => {
  expect(codec.encode(value)).toEqual(codec.encode(without))
  expect(codec.decode(codec.encode(value))).toStrictEqual(without)
})

test('a property that is not enumerable is no part of the value', () => {
  const value = Object.defineProperty({ a: 1 }, 'hidden', { value: () => {}, enumerable: false })
  const hidden = Object.defineProperty(value, Symbol('hidden'), { value: 1 })
  expect(codec.decode(codec.encode(hidden))).toStrictEqual({ a: 1 })
})

test('a Map and an object of 65,536 entries are carried', () => {
  const entries = Array.from({ length: 65536 }, (_, index): [string, number] => [`k${index}`, index])
  const value = [new Map(entries), Object.fromEntries(entries)]
  expect(codec.decode(codec.encode(value))).toStrictEqual(value)
})
