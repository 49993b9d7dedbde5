import { expect, test } from 'vitest'
import type { Result } from '../run.js'
import { runRound } from '../run.js'
import { bits, flipBits } from './bits.js'

test('a bit that is flipped is seen where nothing is signed, and rejected where it is', async () => {
  const result: Result = {
    scenario: { ...bits, run: round => flipBits('memory', round) },
    rounds: 0,
    counts: new Map(),
    faults: []
  }
  for (const seed of [1, 2, 3]) await runRound(result, seed)
  expect(result.faults).toEqual([])
  expect(result.counts.get('bits flipped')).toBe(3 * 64)
  for (const what of ['unsigned: altered', 'ERR_BAD_SIGNATURE'])
    expect(result.counts.get(what)).toBeGreaterThan(0)
})
