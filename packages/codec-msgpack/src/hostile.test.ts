import { describe, expect, test } from 'vitest'
import { msgpack } from './index.js'

const codec = msgpack()
const decode = (hex: string) => codec.decode(Buffer.from(hex.replaceAll(' ', ''), 'hex'))

describe('anything but one whole MessagePack value is a SyntaxError that names the byte', () => {
  test.each<[string, string, string]>([
    ['nothing', '', 'byte 0: the message ends 1 bytes too early'],
    ['the form that never is', 'c1', 'byte 0: c1 is no MessagePack'],
    ['a byte after the value', 'c0 c0', 'byte 1: 1 bytes after the end of the value'],
    ['a second message after the first', '81 a161 01 81 a161 01', 'byte 4: 4 bytes after the end'],
    ['a number cut off', 'cd 01', 'byte 1: the message ends 1 bytes too early'],
    ['a double cut off', 'cb 00000000', 'byte 1: the message ends 4 bytes too early'],
    ['a bigint cut off', 'd3 00000000000000', 'byte 1: the message ends 1 bytes too early'],
    ['a length cut off', 'db 0000', 'byte 1: the message ends 2 bytes too early'],
    ['a string cut off', 'a3 6161', 'byte 1: the message ends 1 bytes too early'],
    ['a long string cut off', `d920 ${'61'.repeat(31)}`, 'byte 2: the message ends 1 bytes too early'],
    ['a map without its last value', '82 a161 01 a162', 'byte 6: the message ends 1 bytes too early'],
    ['a key cut off', '81 a361', 'byte 2: the message ends 2 bytes too early'],
    ['an extension without a type', 'd6', 'byte 1: the message ends 1 bytes too early'],
    ['an extension cut off', 'd6 ff 000000', 'byte 2: the message ends 1 bytes too early'],
    ['an object key twice', '82 a161 01 a161 02', 'byte 4: a map key that was there before'],
    ['an object key twice, in two forms', '82 a161 01 d90161 02', 'byte 4: a map key that was there before'],
    [
      'a key twice in a map of many',
      `de0012 ${Array.from({ length: 17 }, (_, index) => `a1${(0x61 + index).toString(16)}c0`).join('')} a16b c0`,
      'byte 54: a map key that was there before'
    ],
    [
      'a key twice around a map that has it too',
      '82 a161 81 a161 01 a161 02',
      'byte 7: a map key that was there'
    ],
    [
      'an object key twice, whose first value is null',
      '82 a161 c0 a161 02',
      'byte 4: a map key that was there'
    ],
    [
      '__proto__ twice',
      '82 a95f5f70726f746f5f5f 01 a95f5f70726f746f5f5f 02',
      'byte 12: a map key that was there'
    ],
    ['a Map key twice', 'df00000002 01 01 cc01 02', 'byte 7: a map key that was there before'],
    [
      'a Map key twice, 0 and -0',
      'df00000002 00 01 ca80000000 02',
      'byte 7: a map key that was there before'
    ],
    ['an array as a key', '81 90 01', 'byte 1: a map key that is no primitive'],
    ['a map as a key', '81 80 01', 'byte 1: a map key that is no primitive'],
    ['nil as a key with a value', '81 c0 01', 'byte 1: a map key that is nil'],
    ['nil as a key that is not the first', '82 a161 01 c0 c0', 'byte 4: a map key that is nil'],
    ['nil as a key twice', '82 c0 c0 c0 c0', 'byte 3: a map key that is nil'],
    ['bytes as a key', '81 c400 01', 'byte 1: a map key that is no primitive'],
    ['a Date as a key', '81 d6ff00000000 01', 'byte 1: a map key that is no primitive'],
    ['a timestamp of a wrong size', 'd4 ff 00', 'byte 0: no timestamp that a Date can hold'],
    [
      'a timestamp with a second of nanoseconds',
      'd7 ff ee6b2800 00000000',
      'byte 0: no timestamp that a Date'
    ],
    ['the same in 96 bits', 'c7 0c ff 3b9aca00 0000000000000000', 'byte 0: no timestamp that a Date'],
    [
      'a timestamp past the last Date',
      'c7 0c ff 00000000 000007dba8218001',
      'byte 0: no timestamp that a Date'
    ],
    [
      'a timestamp whose low bits would look sound',
      'c7 0c ff 00000000 0100000000000000',
      'byte 0: no timestamp'
    ]
  ])('%s', (_, hex, message) => {
    expect(() => decode(hex)).toThrow(SyntaxError)
    expect(() => decode(hex)).toThrow(message)
  })
})

describe('a length is not believed before its bytes are there', () => {
  test.each<[string, string]>([
    ['array 32', 'dd ffffffff'],
    ['array 16', 'dc ffff 00'],
    ['fixarray', '9f 00'],
    ['map 32', 'df ffffffff'],
    ['map 16', 'de ffff 00'],
    ['fixmap', '8f a0 a0']
  ])('%s claims more than the message holds', (_, hex) => {
    expect(() => decode(hex)).toThrow(SyntaxError)
    expect(() => decode(hex)).toThrow(/byte 0: \d+ elements or entries claimed in the last \d+ bytes/)
  })

  test.each<[string, string]>([
    ['str 8', 'd9 ff'],
    ['str 16', 'da ffff'],
    ['str 32', 'db ffffffff'],
    ['bin 8', 'c4 ff'],
    ['bin 16', 'c5 ffff'],
    ['bin 32', 'c6 ffffffff'],
    ['a timestamp in ext 32', 'c9 ffffffff ff']
  ])('%s claims more than the message holds', (_, hex) => {
    expect(() => decode(hex)).toThrow(SyntaxError)
    expect(() => decode(hex)).toThrow(/the message ends \d+ bytes too early/)
  })

  test('arrays within each other that each claim the rest of a megabyte allocate nothing for it', () => {
    const bytes = Buffer.alloc(1_000_000, 0xc0)
    for (let level = 0; level < 100; level++) bytes.set([0xdd, 0, 0x0f, 0x40, 0], level * 5)
    const before = process.memoryUsage().heapUsed
    expect(() => codec.decode(bytes)).toThrow('too early')
    // A hundred arrays of a million places would be 800 MB.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100e6)
  })
})

describe('an extension type other than the timestamp is a SyntaxError', () => {
  test.each<[string, string, number]>([
    ['the undefined of other implementations', 'd4 00 00', 0],
    ['a msgpackr record', 'd4 72 40 91 a161 01', 0x72],
    ['a msgpackr record with two bytes of id', 'd5 72 60 00 91 a161 01', 0x72],
    ['a msgpackr big integer', 'c7 09 42 010000000000000000', 0x42],
    ['a msgpackr string bundle', 'd6 62 00000000', 0x62],
    ['a msgpackr Error', 'd4 65 00 93 a0 a0 c0', 0x65],
    ['a msgpackr reference target', 'd6 69 00000001 90', 0x69],
    ['a msgpackr reference', 'd6 70 00000001', 0x70],
    ['a msgpackr Set', 'd4 73 00 90', 0x73],
    ['a msgpackr typed array', 'c7 05 74 06 00000000', 0x74],
    ['a msgpackr RegExp', 'd4 78 00 92 a3 282b29 a0', 0x78],
    ['one that the specification keeps for itself', 'd4 fe 00', -2],
    ['one that claims 4 GiB', 'c9 ffffffff 01', 1],
    ['fixext 16', `d8 05 ${'00'.repeat(16)}`, 5],
    ['ext 16', 'c8 0001 7f 00', 127]
  ])('%s', (_, hex, type) => {
    expect(() => decode(hex)).toThrow(SyntaxError)
    expect(() => decode(hex)).toThrow(`extension type ${type}; only timestamps (-1) are taken`)
  })
})

describe('a string or key that is not UTF-8 is a SyntaxError', () => {
  const long = 'a'.repeat(40)
  test.each<[string, string]>([
    ['a byte that is never UTF-8', 'ff'],
    ['a continuation byte alone', '80'],
    ['an overlong slash', 'c0af'],
    ['a surrogate', 'eda080'],
    ['a code point past the last', 'f4908080'],
    ['a truncated sequence', 'e282'],
    ['a truncated sequence after a replacement character', 'efbfbde282']
  ])('%s', (_, hex) => {
    const bad = Buffer.from(hex, 'hex')
    const short = Buffer.concat([Buffer.of(0xa0 | bad.length), bad])
    const padded = Buffer.concat([Buffer.of(0xd9, long.length + bad.length), Buffer.from(long), bad])
    for (const bytes of [short, padded, Buffer.concat([Buffer.of(0x81), short, Buffer.of(1)])]) {
      expect(() => codec.decode(bytes)).toThrow(SyntaxError)
      expect(() => codec.decode(bytes)).toThrow('not well-formed UTF-8')
    }
  })
})

describe('no key changes a prototype', () => {
  test.each([
    '{"__proto__":{"polluted":1}}',
    '{"a":[{"__proto__":null}]}',
    '{"constructor":{"prototype":{"polluted":1}}}'
  ])('%s comes out as own properties and goes back unchanged', text => {
    const bytes = codec.encode(JSON.parse(text))
    const value = codec.decode(bytes)
    expect(JSON.stringify(value)).toBe(text)
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(codec.encode(value)).toEqual(bytes)
    expect('polluted' in {}).toBe(false)
  })

  test('an own property of a name that every object inherits is like any other', () => {
    const value = { toString: 1, valueOf: null, hasOwnProperty: [], constructor: 'x' }
    expect(codec.decode(codec.encode(value))).toStrictEqual(value)
  })

  test('also where a map turns out to be a Map halfway', () => {
    const bytes = Buffer.concat([
      Buffer.of(0x82, 0xa9),
      Buffer.from('__proto__'),
      Buffer.of(0x01, 0x02, 0x03)
    ])
    expect(codec.decode(bytes)).toEqual(
      new Map<unknown, unknown>([
        ['__proto__', 1],
        [2, 3]
      ])
    )
  })
})
