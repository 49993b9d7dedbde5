import { expect, test } from 'vitest'
import { Recent } from './recent.js'

test('the last ones are known, and no more than that are kept', () => {
  const recent = new Recent(3)
  expect(['a', 'b', 'a', 'c'].map(item => recent.add(item))).toEqual([true, true, false, true])
  expect(recent.add('d')).toBe(true)
  expect(['b', 'c', 'd'].map(item => recent.add(item))).toEqual([false, false, false])
  expect(recent.add('a')).toBe(true)
})
