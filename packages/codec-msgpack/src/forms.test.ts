import { describe, expect, test } from 'vitest'
import { msgpack } from './index.js'

const codec = msgpack()
const encode = (value: unknown) => codec.encode(value).toString('hex')
const decode = (hex: string) => codec.decode(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
const spaced = (hex: string) => hex.replaceAll(' ', '')

const letters = (count: number) => 'a'.repeat(count)
const lettersHex = (count: number) => '61'.repeat(count)
const ones = (count: number) => new Array<number>(count).fill(1)
const record = (count: number) => Object.fromEntries(ones(count).map((_, index) => [`${index}`, index]))

// The forms and their bytes are those of github.com/msgpack/msgpack/blob/master/spec.md.
describe('each value has one form, the one of the specification, and comes back from it', () => {
  test.each<[string, unknown, string]>([
    ['nil', null, 'c0'],
    ['false', false, 'c2'],
    ['true', true, 'c3'],
    ['positive fixint, least', 0, '00'],
    ['positive fixint, most', 127, '7f'],
    ['uint 8, least', 128, 'cc 80'],
    ['uint 8, most', 255, 'cc ff'],
    ['uint 16, least', 256, 'cd 0100'],
    ['uint 16, most', 65535, 'cd ffff'],
    ['uint 32, least', 65536, 'ce 00010000'],
    ['uint 32, most', 4294967295, 'ce ffffffff'],
    ['negative fixint, nearest 0', -1, 'ff'],
    ['negative fixint, least', -32, 'e0'],
    ['int 8, nearest 0', -33, 'd0 df'],
    ['int 8, least', -128, 'd0 80'],
    ['int 16, nearest 0', -129, 'd1 ff7f'],
    ['int 16, least', -32768, 'd1 8000'],
    ['int 32, nearest 0', -32769, 'd2 ffff7fff'],
    ['int 32, least', -2147483648, 'd2 80000000'],
    ['float 64 for an integer beyond 32 bits', 4294967296, 'cb 41f0000000000000'],
    ['float 64 for one below', -2147483649, 'cb c1e0000000200000'],
    ['float 64 for a fraction', 1.5, 'cb 3ff8000000000000'],
    ['float 64 for Infinity', Number.POSITIVE_INFINITY, 'cb 7ff0000000000000'],
    ['float 64 for -Infinity', Number.NEGATIVE_INFINITY, 'cb fff0000000000000'],
    ['float 64 for NaN', Number.NaN, 'cb 7ff8000000000000'],
    ['float 64 for the smallest number', Number.MIN_VALUE, 'cb 0000000000000001'],
    ['int 64 for any bigint it holds', 5n, 'd3 0000000000000005'],
    ['int 64 for a negative bigint', -1n, 'd3 ffffffffffffffff'],
    ['int 64, least', -(2n ** 63n), 'd3 8000000000000000'],
    ['int 64, most', 2n ** 63n - 1n, 'd3 7fffffffffffffff'],
    ['uint 64, least', 2n ** 63n, 'cf 8000000000000000'],
    ['uint 64, most', 2n ** 64n - 1n, 'cf ffffffffffffffff'],
    ['fixstr, empty', '', 'a0'],
    ['fixstr, most', letters(31), `bf ${lettersHex(31)}`],
    ['fixstr beyond ASCII', 'é🦜', 'a6 c3a9 f09fa69c'],
    ['str 8, least', letters(32), `d9 20 ${lettersHex(32)}`],
    ['str 8 for few characters of many bytes', 'é'.repeat(16), `d9 20 ${'c3a9'.repeat(16)}`],
    ['str 8, most', letters(255), `d9 ff ${lettersHex(255)}`],
    ['str 16, least', letters(256), `da 0100 ${lettersHex(256)}`],
    ['str 16, most', letters(65535), `da ffff ${lettersHex(65535)}`],
    ['str 32, least', letters(65536), `db 00010000 ${lettersHex(65536)}`],
    ['a string with a byte order mark and a replacement character', '\ufeff\ufffd', 'a6 efbbbf efbfbd'],
    ['bin 8, empty', Buffer.alloc(0), 'c4 00'],
    ['bin 8, most', Buffer.alloc(255, 7), `c4 ff ${'07'.repeat(255)}`],
    ['bin 16, least', Buffer.alloc(256, 7), `c5 0100 ${'07'.repeat(256)}`],
    ['bin 32, least', Buffer.alloc(65536, 7), `c6 00010000 ${'07'.repeat(65536)}`],
    ['fixarray, empty', [], '90'],
    ['fixarray, most', ones(15), `9f ${'01'.repeat(15)}`],
    ['array 16, least', ones(16), `dc 0010 ${'01'.repeat(16)}`],
    ['array 32, least', ones(65536), `dd 00010000 ${'01'.repeat(65536)}`],
    ['fixmap, empty', {}, '80'],
    ['fixmap', { compact: true, schema: 0 }, '82 a7 636f6d70616374 c3 a6 736368656d61 00'],
    ['map 16, least', record(16), `de 0010 ${encode(record(16)).slice(6)}`],
    ['map 32, least', record(65536), `df 00010000 ${encode(record(65536)).slice(10)}`],
    [
      'a map that begins with nil and nil for a Map with string keys',
      new Map([['a', 1]]),
      '82 c0 c0 a161 01'
    ],
    ['the same for an empty Map', new Map(), '81 c0 c0'],
    [
      'a map as it is for a Map with other keys',
      new Map<unknown, unknown>([
        [1, 'a'],
        [1n, 'b'],
        [1.5, 'c'],
        [true, 'd'],
        ['e', {}]
      ]),
      '85 01 a161 d3 0000000000000001 a162 cb 3ff8000000000000 a163 c3 a164 a165 80'
    ],
    ['timestamp 32, least', new Date(0), 'd6 ff 00000000'],
    ['timestamp 32, most', new Date(4294967295000), 'd6 ff ffffffff'],
    ['timestamp 64 for milliseconds', new Date(1), 'd7 ff 003d0900 00000000'],
    ['timestamp 64, most', new Date(4294967295999), 'd7 ff ee2e1f00 ffffffff'],
    ['timestamp 96 after 2106', new Date(4294967296000), 'c7 0c ff 00000000 0000000100000000'],
    ['timestamp 96 before 1970', new Date(-1), 'c7 0c ff 3b8b87c0 ffffffffffffffff'],
    ['timestamp 96 for the first Date', new Date(-8.64e15), 'c7 0c ff 00000000 fffff82457de8000'],
    ['timestamp 96 for the last Date', new Date(8.64e15), 'c7 0c ff 00000000 000007dba8218000']
  ])('%s', (_, value, hex) => {
    expect(encode(value)).toBe(spaced(hex))
    expect(decode(hex)).toStrictEqual(value)
  })

  test('a Uint8Array goes out as a Buffer does, and comes back as a Buffer', () => {
    expect(codec.decode(codec.encode(Uint8Array.of(1, 2)))).toStrictEqual(Buffer.of(1, 2))
  })

  test('-0 goes out as 0', () => {
    expect(encode([-0, { a: -0 }])).toBe(encode([0, { a: 0 }]))
  })

  test('a Map keeps the order of its entries', () => {
    const map = new Map([
      ['b', 1],
      ['2', 2],
      ['a', 3],
      ['1', 4]
    ])
    const bytes = codec.encode(map)
    expect(codec.encode(codec.decode(bytes))).toEqual(bytes)
  })
})

describe('forms that only other implementations write are read too', () => {
  test.each<[string, string, unknown]>([
    ['an integer in more bytes than it needs', '93 cc01 cd0001 ce00000001', [1, 1, 1]],
    ['a signed form for a positive integer', '93 d001 d10001 d200000001', [1, 1, 1]],
    ['any 64-bit integer is a bigint', '92 cf0000000000000001 d30000000000000001', [1n, 1n]],
    ['float 32', '92 ca3fc00000 ca80000000', [1.5, -0]],
    ['a string in a longer form', '93 d90161 da000161 db0000000161', ['a', 'a', 'a']],
    ['bytes in a longer form', '92 c5000107 c60000000107', [Buffer.of(7), Buffer.of(7)]],
    ['an array in a longer form', '92 dc000101 dd0000000101', [[1], [1]]],
    ['a map 16 of few keys is an object', 'de0001 a161 01', { a: 1 }],
    ['keys in a longer form', '83 d90161 01 da000162 02 db0000000163 03', { a: 1, b: 2, c: 3 }],
    [
      'a map with a key that is no string is a Map',
      '82 a161 01 02 03',
      new Map<unknown, unknown>([
        ['a', 1],
        [2, 3]
      ])
    ],
    [
      'a map of any size that begins with nil and nil is a Map, whatever its other keys',
      'df00000003 c0c0 a161 01 02 03',
      new Map<unknown, unknown>([
        ['a', 1],
        [2, 3]
      ])
    ],
    ['timestamp 64 after 2106', 'd7 ff 00000001 00000000', new Date(4294967296000)],
    ['timestamp 64, most', 'd7 ff ee2e1f03 ffffffff', new Date(17179869183999)],
    ['a timestamp whose extension has the general form', 'c7 04 ff 00000001', new Date(1000)],
    ['microseconds, cut off below the millisecond', 'd7 ff 773593fc 00000000', new Date(499)],
    ['the same before 1970', 'c7 0c ff 3b9ac9ff fffffffffffffffe', new Date(-1000)]
  ])('%s', (_, hex, value) => {
    expect(decode(hex)).toStrictEqual(value)
  })
})
