import { deepStrictEqual } from 'node:assert/strict'
import { withoutUndefined } from '@peersockets/values/odd-values'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { carried, text, zeroesPositive } from './carried.js'
import { Guard } from './guard.js'
import { msgpack } from './index.js'

const codec = msgpack()
const keys = fc.oneof(
  text,
  text.map(key => `\ufeff${key}`),
  fc.constantFrom('__proto__', 'constructor', 'toJSON', 'hasOwnProperty', 'length', '0')
)
const anyCarried = carried({ keys, maps: true })

/** Decodes; what is taken must survive the way back, and what is refused must be one of the two documented errors. */
function judge(bytes: Buffer): void {
  let value: unknown
  try {
    value = codec.decode(bytes)
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error
    expect(error.message).toMatch(/^byte \d+: /)
    return
  }
  deepStrictEqual(codec.decode(codec.encode(value)), zeroesPositive(value))
}

test('every value that can be carried comes back as it was sent', () => {
  fc.assert(fc.property(anyCarried, value => deepStrictEqual(codec.decode(codec.encode(value)), value)))
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
      deepStrictEqual(codec.decode(bytes), zeroesPositive(withoutUndefined(structuredClone(value))))
    }),
    { numRuns: 500 }
  )
})

test('bytes are refused with a SyntaxError or RangeError, or survive the way back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), bytes => judge(Buffer.from(bytes))),
    { numRuns: 2000 }
  )
})

test('so are bytes made of the heads of values', () => {
  const head = fc.constantFrom(
    ...[
      '80',
      '81',
      '82',
      '90',
      '91',
      '92',
      'a0',
      'a161',
      'c0',
      'c2',
      'c40107',
      'd4ff',
      'd6ff',
      'd7ff',
      'c70cff',
      '00000000'
    ],
    ...[
      'cf',
      'd3',
      'cb',
      'ca',
      'd90161',
      'dc0001',
      'dd00000001',
      'de0001',
      'df00000001',
      'a95f5f70726f746f5f5f',
      'd944efbbbf'.concat('62'.repeat(65)),
      '01',
      'ff'
    ]
  )
  fc.assert(
    fc.property(fc.array(head, { maxLength: 16 }), heads => judge(Buffer.from(heads.join(''), 'hex'))),
    { numRuns: 5000 }
  )
})

test('so is a sound message with a byte changed', () => {
  fc.assert(
    fc.property(anyCarried, fc.nat(), fc.nat({ max: 255 }), (value, place, byte) => {
      const bytes = Buffer.from(codec.encode(value))
      bytes[place % bytes.length] = byte
      judge(bytes)
    }),
    { numRuns: 500 }
  )
})

test('a sound message cut off anywhere is refused', () => {
  fc.assert(
    fc.property(anyCarried, fc.nat(), (value, place) => {
      const bytes = codec.encode(value)
      expect(() => codec.decode(bytes.subarray(0, place % bytes.length))).toThrow(SyntaxError)
    })
  )
})

test.each([1_000, 50_000])('a value of %d properties has each property read once', size => {
  let reads = 0
  const value = {}
  for (let index = 0; index < size; index++) {
    Object.defineProperty(value, `k${index}`, { enumerable: true, get: () => ++reads })
  }
  codec.encode(value)
  expect(reads).toBe(size)
})

test.each<[string, string]>([
  ['empty maps', '80'],
  ['short strings', 'a3616263'],
  ['maps with the same keys', '82a16101a16202'],
  ['maps that turn out to be Maps', '82a1610102'.concat('03')],
  ['Maps', '810102'],
  ['Maps with string keys', '82c0c0a16101']
])('hostile bytes are looked at a bounded number of times: an array of %s', (_, hex) => {
  const reads = (count: number) => {
    let total = 0
    const element = Buffer.from(hex, 'hex')
    const bytes = Buffer.concat([
      Buffer.of(0xdc, count >> 8, count & 0xff),
      ...Array<Buffer>(count).fill(element)
    ])
    const counted = new Proxy(bytes, {
      get(target, property) {
        if (typeof property === 'string' && /^\d+$/.test(property)) total++
        const found: unknown = Reflect.get(target, property, target)
        return typeof found === 'function' ? found.bind(target) : found
      }
    })
    codec.decode(counted)
    return total / bytes.length
  }
  expect(reads(10_000)).toBeLessThan(8)
  expect(reads(10_000)).toBeLessThanOrEqual(reads(100) * 1.1)
})

const texts = (count: number, head: (at: number) => string): Buffer =>
  Buffer.from(Array.from({ length: count }, (_, at) => head(at)).join(''), 'hex')
const keyOf = (at: number): string => `a6${Buffer.from(String(at).padStart(6, '0')).toString('hex')}`
const mapOf = (count: number): string => `df${count.toString(16).padStart(8, '0')}`

test.each<[string, (count: number) => Buffer]>([
  [
    'a map of many keys',
    count => Buffer.concat([Buffer.from(mapOf(count), 'hex'), texts(count, at => `${keyOf(at)}c0`)])
  ],
  [
    'a map of many keys, the last of which was there before',
    count =>
      Buffer.concat([Buffer.from(mapOf(count), 'hex'), texts(count, at => `${keyOf(at % (count - 1))}c0`)])
  ],
  [
    'many maps of sixteen keys',
    count =>
      texts(count, at =>
        at === 0
          ? `dc${(count - 1).toString(16).padStart(4, '0')}`
          : `8f${[...'0123456789abcde'].map(key => `a16${key}c0`).join('')}`
      )
  ],
  [
    'arrays within each other, over and over',
    count =>
      texts(count, at =>
        at === 0 ? `dc${(count - 1).toString(16).padStart(4, '0')}` : '91'.repeat(90).concat('c0')
      )
  ]
])('hostile bytes of twice the length cost twice the work: %s', (_, make) => {
  /** Bytes that are looked at, one by one, or by what is called to look at several. */
  const work = (bytes: Buffer): number => {
    let total = 0
    const counted: Buffer = new Proxy(bytes, {
      get(target, property) {
        if (typeof property === 'string' && /^\d+$/.test(property)) total++
        const found: unknown = Reflect.get(target, property, target)
        if (typeof found !== 'function') return found
        return (...given: unknown[]) => {
          const [start, end] = given.slice(property === 'toString' || property === 'compare' ? 1 : 0)
          if (property !== 'subarray') total += typeof end === 'number' ? end - Number(start) : 8
          return found.apply(
            target,
            given.map(argument => (argument === counted ? target : argument))
          )
        }
      }
    })
    try {
      new Guard(counted, 100).whole()
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
    }
    return total
  }
  const [once, twice] = [work(make(2001)), work(make(4001))]
  expect(once).toBeGreaterThan(2000)
  expect(twice / once).toBeLessThan(2.1)
})
