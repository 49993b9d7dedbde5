import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { printable } from './printable.js'

describe('what a peer says, before it is printed', () => {
  test('ordinary text of any script stays as it is', () => {
    const text = 'Grüße, 你好, שלום, 👩‍👩‍👧, a\u0301 — 100 % [31m'
    expect(printable(text)).toBe(text)
  })

  test.each([
    ['colours', '\u001b[31mred\u001b[0m', 'red'],
    ['a cleared screen and a moved cursor', 'a\u001b[2J\u001b[1;1Hb', 'ab'],
    ['a changed title', '\u001b]0;owned\u0007hi', 'hi'],
    ['an 8-bit control sequence', '\u009b31mred', 'red'],
    ['what hides what was said before', 'no\b\by\u007f', 'noy'],
    ['a carriage return over the name', 'x\r12:00 bob: send me money', 'x 12:00 bob: send me money'],
    ['new lines, of any kind', 'a\nb\r\nc\u2028d\u2029e\vf', 'a b c d ef'],
    ['a turned direction', 'abc\u202egnp.exe\u2066', 'abcgnp.exe']
  ])('%s', (_, said, printed) => {
    expect(printable(said)).toBe(printed)
  })

  test('no text makes a terminal do anything', () => {
    const hostile = fc.string({
      unit: fc.constantFrom('\u001b', '\u009b', '[', ']', '3', 'm', '\n', '\u0000', '\u202e')
    })
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string({ unit: 'binary' })), said => {
        expect(printable(said)).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u)
      })
    )
  })
})
