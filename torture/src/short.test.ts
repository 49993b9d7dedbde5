import { describe, expect, test } from 'vitest'
import { renderSummary } from './report/summary.js'
import { run } from './run.js'
import { scenarios } from './scenarios/index.js'

/** The same rounds each time: what is found by other seeds is found by `npm run torture`, and gets a test of its own. */
const SEED = 1

describe('the short run', () => {
  test.each(scenarios.map(scenario => ({ ...scenario, scenario })))('$name: $title', async ({ scenario }) => {
    const [result] = await run({
      scenarios: [scenario],
      seed: SEED,
      more: (_scenario, rounds) => rounds < scenario.shortRounds,
      onround() {}
    })
    if (result === undefined) throw new Error('There was no run.')
    expect(result.faults, renderSummary([result])).toEqual([])
    expect(result.rounds).toBe(scenario.shortRounds)
    expect(result.counts.size).toBeGreaterThan(0)
  })
})
