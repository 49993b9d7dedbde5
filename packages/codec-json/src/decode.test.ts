import { describe, expect, test } from 'vitest'
import { json } from './index.js'

const codec = json()
const decode = (text: string) => codec.decode(Buffer.from(text))

describe('JSON text becomes the value it says', () => {
  test.each<[string, unknown]>([
    ['null', null],
    [' {"a" : [1, "two", false]}\n', { a: [1, 'two', false] }],
    ['"\\ud83e\\udd9c \\u0000"', '🦜 \u0000'],
    ['"\\\\ud800"', '\\ud800'],
    ['"[[[[{\\"::::"', '[[[[{"::::'],
    ['-0', -0],
    ['1e2', 100],
    ['1e-999', 0],
    ['{"a":{"a":1},"b":{"a":1}}', { a: { a: 1 }, b: { a: 1 } }]
  ])('%s', (text, value) => {
    expect(decode(text)).toStrictEqual(value)
  })

  test('a byte sequence inside a larger buffer is read in its own bounds', () => {
    expect(codec.decode(Buffer.from('[[1]]').subarray(1, 4))).toEqual([1])
  })
})

describe('__proto__ and constructor are keys like any other', () => {
  test.each([
    '{"__proto__":{"polluted":1}}',
    '{"a":[{"__proto__":{"polluted":1}}]}',
    '{"constructor":{"prototype":{"polluted":1}}}'
  ])('%s comes out as own properties and goes back unchanged', text => {
    const value = decode(text)
    expect(JSON.stringify(value)).toBe(text)
    expect(codec.encode(value).toString()).toBe(text)
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect('polluted' in {}).toBe(false)
  })
})

describe('anything but one well-formed JSON text is a SyntaxError', () => {
  test.each([
    ['nothing', ''],
    ['a truncated text', '{"a":[1,2'],
    ['an unterminated string', '"a'],
    ['an escape cut off', '"\\'],
    ['two texts', '1 2'],
    ['a byte order mark', '\ufeff1'],
    ['a NUL after the text', '1\u0000'],
    ['a comment', '/**/1'],
    ['a trailing comma', '[1,]'],
    ['single quotes', "'a'"],
    ['NaN', 'NaN'],
    ['a leading zero', '01'],
    ['a raw control character in a string', '"\n"'],
    ['closing brackets alone', ']]]]'],
    ['a member twice', '{"a":1,"a":1}'],
    ['a member twice, further in', '[{"b":{"a":1,"\\u0061":2}}]'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}'],
    ['an escaped lone surrogate', '{"a":"\\ud800"}'],
    ['an escaped lone surrogate in a key', '{"\\uDC00":1}'],
    ['surrogates in the wrong order', '"\\udc00\\ud800"']
  ])('%s', (_, text) => {
    expect(() => decode(text)).toThrow(SyntaxError)
  })

  test('what is said about it quotes nothing of it, and names the place', () => {
    expect(() => decode('{"a":1,\u001b[31m}')).toThrow(/^character 7: the text is not JSON$/)
    expect(() => decode('{"a":1')).toThrow(/the text is not JSON$/)
  })

  test('nothing that a log would obey comes from a key', () => {
    const keys = ['\u009b31m', '\u202e', '\u2028', '\u007f', '\n']
    for (const key of keys)
      expect(() => decode(JSON.stringify({ [key]: '!' }).replace('!', '\\ud800'))).toThrow(
        /^\$\["\\[\x20-\x7e]+"\]: a string or key has a lone surrogate$/
      )
  })

  test('the same name twice is called so', () => {
    expect(() => decode('{"a":1,"b":2,"a":3}')).toThrow('two members with the same name')
  })

  test('a lone surrogate is named by path', () => {
    expect(() => decode('{"a":[0,"\\udfff"]}')).toThrow('$.a[1]: a string or key has a lone surrogate')
  })

  test.each([
    ['a byte that is never UTF-8', '22ff22'],
    ['a continuation byte alone', '228022'],
    ['an overlong slash', '22c0af22'],
    ['a surrogate in UTF-8', '22eda08022'],
    ['a code point past the last', '22f490808022'],
    ['a truncated sequence', '22e282'],
    ['UTF-16', 'fffe31003200']
  ])('bytes that are not UTF-8: %s', (_, hex) => {
    expect(() => codec.decode(Buffer.from(hex, 'hex'))).toThrow(SyntaxError)
    expect(() => codec.decode(Buffer.from(hex, 'hex'))).toThrow('not well-formed UTF-8')
  })
})

describe('a number that JavaScript would change is a RangeError', () => {
  test.each(['1e999', '-1e999', '[1,{"a":1e309}]', `1${'0'.repeat(400)}`])('too large: %s', text => {
    expect(() => decode(text)).toThrow(RangeError)
    expect(() => decode(text)).toThrow('the number is too large')
  })

  test.each(['9007199254740993', '-9007199254740993', '{"a":"1","id":18446744073709551615}'])(
    'not exact: %s',
    text => {
      expect(() => decode(text)).toThrow(RangeError)
      expect(() => decode(text)).toThrow('does not fit in a number without changing')
    }
  )

  test.each([
    ['the last safe integer', '9007199254740991', 9007199254740991],
    ['an exact power of two', '18446744073709551616', 2 ** 64],
    ['what JavaScript prints for it', '18446744073709552000', 2 ** 64],
    ['a decimal fraction, as ever', '0.1000000000000000055511151231257827', 0.1],
    ['an exponent', '1.7976931348623157e+308', Number.MAX_VALUE],
    [
      'long digits inside a string',
      '["\\"9007199254740993",9007199254740994]',
      ['"9007199254740993', 2 ** 53 + 2]
    ]
  ])('exact, or as exact as any fraction: %s', (_, text, value) => {
    expect(decode(text)).toEqual(value)
  })
})
