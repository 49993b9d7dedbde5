import { isPlainObject } from '@peersockets/values'
import fc from 'fast-check'

/** Of any code point, so also of NUL, U+FFFD, U+FEFF and those beyond 16 bits; many long enough for each form. */
export const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 30, maxLength: 300 }))

/** Without -0, which travels as 0. */
const number = fc
  .oneof(fc.double(), fc.integer(), fc.integer({ min: -300, max: 300 }), fc.maxSafeInteger())
  .map(positiveZero)

const time = fc.date({ noInvalidDate: true })
const bytes = fc.uint8Array({ maxLength: 300 }).map(array => Buffer.from(array))
const bigint = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
  fc.bigInt({ min: -300n, max: 300n })
)

/** Arbitrary values that MessagePack carries, made of the given keys, with or without Maps. */
export function carried(of: { keys: fc.Arbitrary<string>; maps: boolean }): fc.Arbitrary<unknown> {
  const leaf = fc.oneof(fc.constant(null), fc.boolean(), number, bigint, text, time, bytes)
  const mapKey = fc.oneof({ weight: 3, arbitrary: of.keys }, number, bigint, fc.boolean())
  return fc.letrec(tie => ({
    value: fc.oneof({ maxDepth: 5 }, leaf, tie('array'), tie('object'), ...(of.maps ? [tie('map')] : [])),
    array: fc.array(tie('value'), { maxLength: 20 }),
    object: entries(of.keys, tie('value')).map(Object.fromEntries),
    map: fc
      .oneof(entries(mapKey, tie('value')), entries(of.keys, tie('value')))
      .map(pairs => new Map<unknown, unknown>(pairs))
  })).value
}

/** `value` with 0 for every -0. */
export function zeroesPositive(value: unknown): unknown {
  if (typeof value === 'number') return positiveZero(value)
  if (Array.isArray(value)) return value.map(zeroesPositive)
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, zeroesPositive(item)]))
  if (typeof value !== 'object' || value === null || !isPlainObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, zeroesPositive(item)]))
}

function positiveZero(value: number): number {
  return value + 0
}

function entries<K>(key: fc.Arbitrary<K>, value: fc.Arbitrary<unknown>): fc.Arbitrary<[K, unknown][]> {
  return fc.uniqueArray(fc.tuple(key, value), {
    selector: ([name]) => name,
    comparator: 'SameValueZero',
    maxLength: 20
  })
}
