import { expect, test } from 'vitest'
import { json } from './index.js'

test('both sides of a topic compare the name: json', () => {
  expect(json().name).toBe('json')
})

test('a getter that encodes with the same codec does not disturb the value around it', () => {
  const codec = json()
  const value = {
    get inner() {
      return codec.encode([1, [2, -0]]).toString()
    },
    last: [undefined]
  }
  expect(() => codec.encode(value)).toThrow('$.last[0]: undefined')
})
