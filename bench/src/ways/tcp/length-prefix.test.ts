import fc from 'fast-check'
import { expect, test } from 'vitest'
import { messagesIn, prefixed } from './length-prefix.js'

test('messages come out as they went in, wherever the stream is cut', () => {
  const message = fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes))
  fc.assert(
    fc.property(
      fc.array(message),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
      (messages, cuts) => {
        const bytes = prefixed(messages)
        const arrived: Buffer[] = []
        const take = messagesIn(one => arrived.push(Buffer.from(one)))
        for (let at = 0, cut = 0; at < bytes.length; cut++) {
          const length = cuts[cut % cuts.length] ?? 1
          take(bytes.subarray(at, at + length))
          at += length
        }
        expect(arrived).toEqual(messages)
      }
    )
  )
})
