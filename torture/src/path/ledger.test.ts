import { expect, test } from 'vitest'
import { Ledger, type Passage } from './ledger.js'

const HERE: Passage = { topic: 'a', connection: 'c', from: 0, to: 1 }

test('a message that is heard where it was said, once and in its turn, did not come to harm', () => {
  const ledger = new Ledger()
  const [first, second, third] = [ledger.say(HERE), ledger.say(HERE), ledger.say(HERE, 5)]
  expect(new Set([first, second, third]).size).toBe(3)
  // One that does not arrive is no harm.
  expect([first, third].map(message => ledger.hear(message, HERE))).toEqual([undefined, undefined])
})

test('whatever else is heard has come to harm', () => {
  const ledger = new Ledger()
  const [first, second, third] = [ledger.say(HERE), ledger.say(HERE), ledger.say(HERE)]
  expect(ledger.hear(`${first}!`, HERE)).toBe('altered')
  expect(ledger.hear(second, HERE)).toBeUndefined()
  expect(ledger.hear(second, HERE)).toBe('twice')
  expect(ledger.hear(first, HERE)).toBe('out of order')
  for (const elsewhere of [{ topic: 'b' }, { connection: 'd' }, { from: 1, to: 0 }, { to: 2 }])
    expect(ledger.hear(third, { ...HERE, ...elsewhere })).toBe('elsewhere')
  ledger.forget()
  expect(ledger.hear(third, HERE)).toBe('altered')
})
