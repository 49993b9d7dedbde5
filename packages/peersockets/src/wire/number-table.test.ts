import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { MAX_TOPIC_NUMBER } from './frame.js'
import { NumberTable } from './number-table.js'
import { tagText } from './tag.js'
import { UnmatchedTopics } from './unmatched-topics.js'

const anyNumber = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: MAX_TOPIC_NUMBER }))

describe('a table of numbers that a peer chooses', () => {
  test('is a table, whatever they are', () => {
    const step = fc.tuple(fc.constantFrom('set', 'delete', 'clear'), anyNumber)
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const [table, model] = [new NumberTable<number>(), new Map<number, number>()]
        for (const [at, [what, number]] of steps.entries()) {
          if (what === 'set') {
            table.set(number, at)
            model.set(number, at)
          } else if (what === 'delete') expect(table.delete(number)).toBe(model.delete(number))
          else if (at % 10 === 0) {
            table.clear()
            model.clear()
          }
          expect(table.size).toBe(model.size)
          expect(table.get(number)).toBe(model.get(number))
        }
        for (const [number, at] of model) expect(table.get(number)).toBe(at)
      })
    )
  })

  test('has other keys than they are, and others in each table, so that none can be chosen that collide', () => {
    const numbers = [1, 2, 3, 1 << 20, MAX_TOPIC_NUMBER]
    const keysOf = () => {
      const sets = vi.spyOn(Map.prototype, 'set')
      const table = new NumberTable<string>()
      for (const number of numbers) table.set(number, 'x')
      const keys = sets.mock.calls.map(([key]): unknown => key)
      sets.mockRestore()
      return keys.map(Number)
    }
    const tables = Array.from({ length: 20 }, keysOf)
    // The same by chance is one in some hundred millions.
    expect(new Set(tables.map(keys => keys.join())).size).toBe(20)
    for (const keys of tables) {
      expect(new Set(keys).size).toBe(numbers.length)
      for (const key of keys) {
        expect(Number.isInteger(key)).toBe(true)
        // Small ones alone stand in a table by themselves, without memory of their own.
        expect(key).toBeGreaterThanOrEqual(0)
        expect(key).toBeLessThan(2 ** 30)
      }
    }
  })
})

describe('topics that a peer has open, and we are not in', () => {
  const tags = ['aaaaaaaabbbbbbbb', 'aaaaaaaacccccccc', 'ddddddddbbbbbbbb'].map(text =>
    tagText(Buffer.from(text))
  )

  test('are found by their whole tag, and forgotten by their number', () => {
    const step = fc.record({
      what: fc.constantFrom('add', 'delete'),
      number: fc.integer({ min: 1, max: 30 }),
      tag: fc.constantFrom(...tags)
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 20 }), (steps, most) => {
        const [unmatched, model] = [new UnmatchedTopics(), new Map<number, string>()]
        for (const { what, number, tag } of steps) {
          if (what === 'delete') {
            unmatched.delete(number)
            model.delete(number)
          } else if (!model.has(number)) {
            unmatched.add(number, tag)
            model.set(number, tag)
          }
          expect(unmatched.size).toBe(model.size)
          for (const each of tags) {
            const numbers = [...model].filter(([, of]) => of === each).map(([of]) => of)
            expect(unmatched.numbersOf(each, most)).toEqual(numbers.slice(0, most))
          }
        }
      })
    )
  })

  test('cost as much with one tag as with many: none is looked at to add or forget another', () => {
    const unmatched = new UnmatchedTopics()
    const iterated = vi.spyOn(Set.prototype, Symbol.iterator)
    const filtered = vi.spyOn(Array.prototype, 'filter')
    for (let n = 1; n <= 2000; n++) unmatched.add(n, tags[n % 2] ?? '')
    for (let n = 1; n <= 2000; n++) unmatched.delete(n)
    const looks = iterated.mock.calls.length + filtered.mock.calls.length
    iterated.mockRestore()
    filtered.mockRestore()
    // The two with which a set began.
    expect(looks).toBeLessThanOrEqual(2)
    expect([unmatched.size, unmatched.numbersOf(tags[0] ?? '', 10)]).toEqual([0, []])
  })
})
