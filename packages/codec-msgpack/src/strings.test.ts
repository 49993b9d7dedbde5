import { expect, test } from 'vitest'
import { msgpack } from './index.js'

const codec = msgpack()
const lengths = Array.from({ length: 300 }, (_, length) => length)

// msgpackr reads strings in several ways, by their length, that of the message, and what they are made of.
test.each([
  ['ASCII', 'a'],
  ['two bytes', 'é'],
  ['three bytes', '€'],
  ['four bytes', '🦜'],
  ['a replacement character', '\ufffd']
])('a string of any length survives, as value and as key: %s', (_, character) => {
  const texts = lengths.map(length => 'x'.repeat(length % 7).concat(character.repeat(length)))
  for (const text of texts) expect(codec.decode(codec.encode({ [text]: text }))).toEqual({ [text]: text })
  expect(codec.decode(codec.encode(texts))).toEqual(texts)
})

test('a byte order mark at the start of a string of any length survives, as value and as key', () => {
  for (const length of [...lengths, 70_000]) {
    const text = 'x'.repeat(length)
    const value = {
      [`\ufeff${text}`]: `\ufeff\ufeff${text}`,
      [text]: [`é${text}`, `\ufeff${text}`],
      map: new Map([[`\ufeff${text}`, new Map([[1, `\ufeff${text}`]])]])
    }
    expect(codec.decode(codec.encode(value))).toStrictEqual(value)
  }
})

test('so do ten thousand of them in one message', () => {
  const texts = Array.from({ length: 10_000 }, (_, index) => `\ufeff${'x'.repeat(100)}${index}`)
  expect(codec.decode(codec.encode(texts))).toEqual(texts)
})
