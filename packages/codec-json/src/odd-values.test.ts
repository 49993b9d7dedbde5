import { deepStrictEqual } from 'node:assert/strict'
import { carried, type Format, GetterError, oddValues, refused } from '@peersockets/values/odd-values'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { json } from './index.js'

const codec = json()

const format: Format = {
  number: value => (Number.isFinite(value) ? carried(value) : refused(value)),
  leaves: fc.constantFrom(
    ...[1n, new Date(0), new Map(), new Map([['a', 1]]), Buffer.of(1), new Uint8Array(2)].map(refused)
  )
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
        expect(error).toBeInstanceOf(TypeError)
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

const character = fc.constantFrom(...'ab_"\\/é\u0000\ufeff\u{1f99c}')
const name = fc.oneof(
  fc.array(character, { maxLength: 3 }).map(of => of.join('')),
  fc.constantFrom('__proto__', 'constructor', '', '0')
)

/** The text of a JSON string, of whose code units some are escaped. */
function written(of: string, escaped: readonly boolean[]): string {
  const units = Array.from({ length: of.length }, (_, at) => {
    const plain = JSON.stringify(of[at]).slice(1, -1)
    const isHalf = /[\ud800-\udfff]/.test(of[at] ?? '')
    if (!isHalf && !escaped[at % Math.max(escaped.length, 1)]) return plain
    return `\\u${of.charCodeAt(at).toString(16).padStart(4, '0')}`
  })
  return `"${units.join('')}"`
}

test('two members with one name are an error, however the names are written, and wherever the object stands', () => {
  const spelling = fc.array(fc.boolean(), { maxLength: 4 })
  const members = fc.uniqueArray(fc.record({ name, spelling }), { selector: each => each.name, minLength: 1 })
  const places: readonly ((object: string) => string)[] = [
    object => object,
    object => `[{"a":1,"":2},${object},{"a":1,"":2}]`,
    object => `{"__proto__":{"a":${object}},"a":":"}`
  ]
  fc.assert(
    fc.property(members, spelling, fc.nat(), fc.constantFrom(...places), (of, another, at, place) => {
      const texts = of.map(each => `${written(each.name, each.spelling)}:1`)
      const sound = place(`{${texts.join()}}`)
      deepStrictEqual(codec.decode(Buffer.from(sound)), JSON.parse(sound))
      const again = of[at % of.length]?.name ?? ''
      const twice = place(`{${[...texts, `${written(again, another)} : 1`].join()}}`)
      expect(() => codec.decode(Buffer.from(twice))).toThrow('two members with the same name')
    }),
    { numRuns: 1000 }
  )
})
