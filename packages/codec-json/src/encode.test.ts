import { runInNewContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { json } from './index.js'

const codec = json()
const text = (value: unknown) => codec.encode(value).toString()

class Point {
  x = 1
}
class List extends Array<number> {}

function sparse(): unknown[] {
  const array: unknown[] = [1, 2, 3]
  delete array[1]
  return array
}

describe('what JSON carries goes out as JSON.stringify writes it', () => {
  test.each([
    ['null', null],
    ['a boolean', true],
    ['a number', -1.5e-7],
    ['an empty string', ''],
    ['text beyond ASCII', 'héllo 🦜 \u0000 \u2028'],
    ['nested containers', { a: [1, { b: [] }, {}], 'odd key': null }],
    ['a null-prototype object', Object.assign(Object.create(null), { a: 1 })],
    ['an object and an array of another realm', runInNewContext('({ a: [1, {}] })')],
    ['the same object twice, without a cycle', (o => [o, o])({ a: 1 })],
    ['a property named toJSON that is no function', { toJSON: 'x' }]
  ])('%s', (_, value) => {
    expect(text(value)).toBe(JSON.stringify(value))
  })

  test('a property that is not enumerable is no part of the value', () => {
    const value = Object.defineProperty({ a: 1 }, 'hidden', { value: () => {}, enumerable: false })
    expect(text(Object.defineProperty(value, Symbol('hidden'), { value: 1 }))).toBe('{"a":1}')
  })

  test.each([
    ['alone', { a: undefined }],
    ['among others', { a: undefined, text: 'hi', reply: undefined, at: 1, b: undefined }],
    ['further in', [{ a: { b: undefined, c: [{ d: undefined }] } }]]
  ])('a property that is undefined is left out: %s', (_, value) => {
    expect(text(value)).toBe(JSON.stringify(value))
  })

  test('an own __proto__ property that is undefined is left out, and nested ones that are defined are not', () => {
    const value = Object.fromEntries([
      ['__proto__', undefined],
      ['\ud800', undefined],
      ['a', Object.fromEntries([['__proto__', -0]])]
    ])
    expect(text(value)).toBe('{"a":{"__proto__":-0}}')
  })

  test('a toJSON method that is not sent is not called either', () => {
    const value = { list: Object.assign([1], { toJSON: () => 'called' }), at: 1 }
    Object.defineProperty(value, 'toJSON', { value: () => 'called', enumerable: false })
    expect(text(value)).toBe('{"list":[1],"at":1}')
  })

  test('a getter that gives something else the second time is written as it was checked', () => {
    let reads = 0
    const value = {
      get a() {
        return reads++ === 0 ? 1 : Number.NaN
      }
    }
    expect(text(value)).toBe('{"a":1}')
  })

  test('a constructor key and an own __proto__ key go out like any other', () => {
    expect(text(JSON.parse('{"__proto__":{"a":1},"constructor":2}'))).toBe(
      '{"__proto__":{"a":1},"constructor":2}'
    )
  })

  test('each encoding is a buffer of its own', () => {
    const first = codec.encode('first')
    codec.encode('other')
    expect(first.toString()).toBe('"first"')
  })
})

describe('-0, which JSON has and JSON.stringify loses, stays -0', () => {
  test.each([
    ['alone', -0, '-0'],
    ['in an array', [0, -0], '[0,-0]'],
    ['beside everything else', { a: -0, '"': ['x', true, null, {}] }, '{"a":-0,"\\"":["x",true,null,{}]}']
  ])('%s', (_, value, expected) => {
    expect(text(value)).toBe(expected)
  })
})

describe('what JSON would silently change is a TypeError that names the path', () => {
  test.each<[string, unknown, string]>([
    ['undefined itself', undefined, '$: undefined has no form in JSON; use null'],
    ['an undefined element', { a: [1, undefined] }, '$.a[1]: undefined has no form in JSON; use null'],
    ['a hole in an array', sparse(), '$[1]: undefined has no form'],
    ['NaN', { a: [Number.NaN] }, '$.a[0]: NaN has no form'],
    ['Infinity', { a: Number.POSITIVE_INFINITY }, '$.a: Infinity has no form'],
    ['-Infinity', { a: Number.NEGATIVE_INFINITY }, '$.a: -Infinity has no form'],
    ['a bigint', { user: { tags: [0, 1, 2, 3n] } }, '$.user.tags[3]: a bigint has no form'],
    ['a function', { a: () => {} }, '$.a: a function has no form'],
    ['a toJSON method', { a: { toJSON: () => 1 } }, '$.a.toJSON: a function has no form'],
    ['a symbol', [Symbol('s')], '$[0]: a symbol has no form'],
    ['a symbol key', { a: { [Symbol('s')]: 1 } }, '$.a: the key Symbol(s) has no form'],
    ['a Date', { 'sent at': new Date(0) }, '$["sent at"]: an instance of Date has no form'],
    ['a Map', { a: new Map() }, '$.a: an instance of Map has no form'],
    ['a Set', { a: new Set() }, '$.a: an instance of Set has no form'],
    ['a typed array', { a: new Float64Array(1) }, '$.a: an instance of Float64Array has no form'],
    ['a Buffer', { a: Buffer.alloc(1) }, '$.a: an instance of Buffer has no form'],
    ['a Uint8Array', [{ a: new Uint8Array(1) }], '$[0].a: an instance of Uint8Array has no form'],
    ['a Buffer alone', Buffer.alloc(1), '$: an instance of Buffer has no form'],
    ['an ArrayBuffer', { a: new ArrayBuffer(1) }, '$.a: an instance of ArrayBuffer has no form'],
    ['an Error', { a: new Error('x') }, '$.a: an instance of Error has no form'],
    ['a RegExp', { a: /x/ }, '$.a: an instance of RegExp has no form'],
    ['a boxed number', { a: Object(1) }, '$.a: an instance of Number has no form'],
    ['a boxed string', { a: Object('s') }, '$.a: an instance of String has no form'],
    ['a class instance', { a: new Point() }, '$.a: an instance of Point has no form'],
    ['an array subclass', { a: List.of(1) }, '$.a: an instance of List has no form'],
    ['an object that inherits', { a: Object.create({ b: 1 }) }, '$.a: an instance of Object has no form'],
    ['an instance of no named class', new (class {})(), '$: an instance of a class has no form'],
    ['a lone surrogate', { a: 'x\ud800' }, '$.a: the string has a lone surrogate, which UTF-8 cannot carry'],
    ['a lone surrogate in a key', { a: { '\udc00': 1 } }, '$.a: the key "\\udc00" has a lone surrogate']
  ])('%s', (_, value, message) => {
    expect(() => codec.encode(value)).toThrow(TypeError)
    expect(() => codec.encode(value)).toThrow(message)
  })

  test('bytes, and what to do with them', () => {
    expect(() => codec.encode({ files: [{ content: Buffer.of(1) }] })).toThrow(
      '$.files[0].content: an instance of Buffer has no form in JSON; use the codec msgpack(), or a z.codec that makes base64 text of it'
    )
  })

  test('a cycle, by where it closes and where it leads back to', () => {
    const room: Record<string, unknown> = { members: [] }
    room.members = [{ name: 'ada', room }]
    const encode = () => codec.encode({ room })
    expect(encode).toThrow(TypeError)
    expect(encode).toThrow('$.room.members[0].room: a cycle, back to $.room')
  })

  test('what a getter throws comes out as it is', () => {
    const value = {
      get a() {
        throw new EvalError('mine')
      }
    }
    expect(() => codec.encode(value)).toThrow(EvalError)
  })

  test('a refused value leaves nothing behind: the next one is encoded', () => {
    expect(() => codec.encode({ a: [undefined] })).toThrow(TypeError)
    expect(text({ a: [1] })).toBe('{"a":[1]}')
  })
})
