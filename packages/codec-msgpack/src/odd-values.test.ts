import { deepStrictEqual } from 'node:assert/strict'
import {
  allOf,
  carried,
  type Format,
  GetterError,
  type Odd,
  oddValues,
  refused
} from '@peersockets/values/odd-values'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { msgpack } from './index.js'

const codec = msgpack()

const MAP_KEYS = fc.oneof(
  fc.constantFrom('__proto__', '', 'a', 'constructor').map(key => carried(key)),
  fc.constantFrom(0, 1, 1.5, 2n ** 63n, true).map(key => carried(key)),
  fc.constantFrom<unknown>(undefined, null, '\ud800', Symbol('s'), new Date(0)).map(refused)
)

function mapOf(entries: readonly (readonly [key: Odd, item: Odd])[]): Odd {
  return allOf(
    new Map(entries.map(([key, item]) => [key.value, item.value])),
    entries.flat(),
    new Map(entries.map(([key, item]) => [key.value, item.carried?.as]))
  )
}

const format: Format = {
  number: value => carried(value, value === 0 ? 0 : value),
  leaves: fc.oneof(
    fc.bigInt().map(value => (value >= -(2n ** 63n) && value < 2n ** 64n ? carried(value) : refused(value))),
    fc.date({ noInvalidDate: true }).map(value => carried(value)),
    fc.uint8Array().map(value => carried(value, Buffer.from(value))),
    fc.uint8Array().map(value => carried(Buffer.from(value))),
    fc.constantFrom(...[2n ** 64n, new Date(Number.NaN)].map(refused))
  ),
  containers: part =>
    fc
      .uniqueArray(fc.tuple(MAP_KEYS, part), {
        selector: ([key]) => key.value,
        comparator: 'SameValueZero',
        maxLength: 4
      })
      .map(mapOf)
}

test('an odd value is carried as it is, without properties that are undefined, or is an error that names the path', () => {
  let taken = 0
  fc.assert(
    fc.property(oddValues(format), odd => {
      let bytes: Buffer
      try {
        bytes = codec.encode(odd.value)
      } catch (error) {
        expect(odd.carried).toBeUndefined()
        if (error instanceof GetterError) return
        expect(error instanceof TypeError || error instanceof RangeError).toBe(true)
        expect(error).toHaveProperty('message', expect.stringMatching(/^\$.*: /))
        return
      }
      taken++
      deepStrictEqual({ as: codec.decode(bytes) }, odd.carried)
    }),
    { numRuns: 2000 }
  )
  expect(taken).toBeGreaterThan(500)
})
