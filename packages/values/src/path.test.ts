import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pathOf, type Step } from './path.js'

// Out here, as fast-check takes seconds to make it, which no test should be charged for.
const text = fc.string({ unit: 'binary', maxLength: 60 })
const step = fc.oneof(text, fc.nat(), fc.record({ key: fc.oneof(text, fc.bigInt(), fc.boolean()) }))

test.each<[string, Step[], string]>([
  ['the value itself', [], '$'],
  ['properties', ['user', '$1', '_'], '$.user.$1._'],
  ['keys that are no identifiers', ['', '1a', 'a b', '"', 'é'], '$[""]["1a"]["a b"]["\\""]["é"]'],
  ['elements', [0, 12], '$[0][12]'],
  [
    'entries of Maps',
    [{ key: 'a"' }, { key: 1 }, { key: 2n }, { key: true }],
    '$.get("a\\"").get(1).get(2n).get(true)'
  ],
  ['characters that a terminal obeys', ['\u202e', '\u2028\u009b'], '$["\\u{202e}"]["\\u{2028}\\u{9b}"]']
])('a path names %s', (_, steps, path) => {
  expect(pathOf(steps)).toBe(path)
})

test('a path is one short line, whatever the keys are', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), steps => {
      const path = pathOf(steps)
      expect(path).not.toMatch(/[\p{Control}\p{Bidi_Control}\p{Line_Separator}\p{Paragraph_Separator}]/u)
      expect(path.startsWith('$')).toBe(true)
      expect(path.length).toBeLessThanOrEqual(201 * '\\u{2028}'.length)
    })
  )
})
