import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { differenceOf } from './difference.js'

class Point {
  readonly #x = 1
  get x() {
    return this.#x
  }
}

const cyclic = (length: number) => {
  const first: unknown[] = []
  let last = first
  for (let at = 1; at < length; at++) {
    const next: unknown[] = []
    last.push(next)
    last = next
  }
  last.push(first)
  return first
}

describe('where values differ', () => {
  test.each<[string, unknown, unknown, PropertyKey[]]>([
    ['themselves', 1, 2, []],
    ['in kind', [], {}, []],
    ['in sign', 0, -0, []],
    ['in a field', { a: { b: 1 } }, { a: { b: 2 } }, ['a', 'b']],
    ['in a field that one lacks', { a: 1 }, { a: 1, b: undefined }, ['b']],
    ['in an element', [1, [2, 3]], [1, [2, 4]], [1, 1]],
    ['in length', { a: [1] }, { a: [1, 2] }, ['a']],
    ['in time', { at: new Date(0) }, { at: new Date(1) }, ['at']],
    ['in bytes', [Buffer.from('a')], [Buffer.from('b')], [0]],
    ['in a value of a Map', new Map([['a', 1]]), new Map([['a', 2]]), ['a']],
    ['in a key of a Map', new Map([['a', 1]]), new Map([['b', 1]]), [0]],
    ['in a member', new Set([1, 2]), new Set([1, 3]), [1]],
    ['in what cannot be seen', { at: new Point() }, { at: new Point() }, ['at']],
    ['in a key that sets a prototype', JSON.parse('{"__proto__":1}'), {}, ['__proto__']],
    ['in the first of several places', { a: 1, b: 1 }, { a: 2, b: 2 }, ['a']]
  ])('is said: %s', (_what, left, right, path) => {
    expect(differenceOf(left, right)).toEqual(path)
    expect(differenceOf(right, left)).toEqual(path)
  })

  test.each<[string, unknown, unknown]>([
    ['NaN', Number.NaN, Number.NaN],
    ['a Buffer and the same bytes', Buffer.from([1, 2]), new Uint8Array([1, 2])],
    ['times that are none', new Date(Number.NaN), new Date(Number.NaN)],
    ['a large integer', { n: 2n ** 70n }, { n: 2n ** 70n }],
    ['an object without a prototype', Object.create(null), {}],
    ['the same value twice, and copies of it', (one => [one, one])({ a: 1 }), [{ a: 1 }, { a: 1 }]],
    ['what is in itself', cyclic(1), cyclic(1)],
    ['what is in itself after more steps', cyclic(2), cyclic(3)]
  ])('is nowhere: %s', (_what, left, right) => {
    expect(differenceOf(left, right)).toBeUndefined()
  })

  test('is found however deep it is', () => {
    const nest = (inner: unknown) => {
      let value = inner
      for (let at = 0; at < 50_000; at++) value = [value]
      return value
    }
    expect(differenceOf(nest(1), nest(1))).toBeUndefined()
    expect(differenceOf(nest(1), nest(2))).toHaveLength(50_000)
  })

  test('is nowhere in a copy, and somewhere in a copy with one more element', () => {
    fc.assert(
      fc.property(fc.anything({ withMap: true, withSet: true, withDate: true, withBigInt: true }), value => {
        expect(differenceOf([value], structuredClone([value]))).toBeUndefined()
        expect(differenceOf([value], [structuredClone(value), 1])).toEqual([])
      })
    )
  })
})
