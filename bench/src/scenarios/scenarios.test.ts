import { describe, expect, test } from 'vitest'
import { scenarios } from './index.js'

/** Operations for one turn, where a few hundred are more than it takes to see whether it works. */
const FEW: Readonly<Record<string, number>> = { broadcast: 3, join: 50, left: 20, memory: 50, onemore: 20 }
/** Three turns of the event loop, the last of which is not full. */
const MESSAGES = 150

describe.each(scenarios)('$name', ({ name, baselines, ours, cases }) => {
  test('compares alternatives that are there', () => {
    for (const { alternatives, targets = [] } of cases) {
      const named = [
        ...baselines,
        ...targets.flatMap(({ alternative, baseline = alternative }) => [alternative, baseline])
      ]
      expect(Object.keys(alternatives)).toEqual(expect.arrayContaining(named))
    }
    expect(cases.flatMap(({ alternatives }) => Object.keys(alternatives))).toEqual(
      expect.arrayContaining([...ours])
    )
  })

  // Who loses, changes or swaps a message is found out by the workload: see those tests.
  const alternatives = cases.flatMap(one =>
    Object.entries(one.alternatives).map(([alternative, contender]) => ({
      of: one.name,
      alternative,
      contender
    }))
  )
  test.each(alternatives)('$of: $alternative does its work', async ({ contender }) => {
    const operations = FEW[name] ?? MESSAGES
    const { port, finished } = await contender.answer(operations)
    const [driven, answered] = await Promise.all([contender.drive(port, operations), finished])
    expect(
      [driven.perOperation, driven.cpuSeconds, answered.cpuSeconds].filter(Number.isFinite)
    ).toHaveLength(3)
  })
})

test('every figure that is to be reached has words of its own', () => {
  const targets = scenarios.flatMap(({ cases }) => cases.flatMap(one => one.targets ?? []))
  expect(new Set(targets.map(({ what }) => what)).size).toBe(targets.length)
})
