import { expect, test } from 'vitest'
import { type CaseResult, judge, type ScenarioHead, summarise, type Turn } from './result.js'

const scenario: ScenarioHead = {
  name: 'speed',
  title: 'How fast',
  measure: 'rate',
  operation: 'message',
  baselines: ['old'],
  ours: ['new']
}

/** Takes the seconds of an operation. */
function turn(perOperation: number): Turn {
  return { perOperation, cpuSecondsPerOperation: perOperation / 2 }
}

const result: CaseResult = {
  name: '1 B',
  operations: 1,
  alternatives: ['old', 'new'],
  targets: [
    { what: 'met', alternative: 'new', baseline: 'old', reach: 'at least', value: 4 },
    { what: 'missed', alternative: 'new', baseline: 'old', reach: 'at least', value: 4.1 },
    { what: 'below', alternative: 'new', baseline: 'old', reach: 'at most', value: 4 },
    { what: 'alone', alternative: 'new', reach: 'at most', value: 5 }
  ],
  // Everything took longer in the second pass, as on a machine that is busy for a moment.
  passes: [
    { old: turn(0.5), new: turn(0.25) },
    { old: turn(4), new: turn(1) },
    { old: turn(0.5), new: turn(0.125) }
  ]
}

test('a ratio is taken within a pass, and the middle of them counts', () => {
  expect(summarise(scenario, result)).toEqual([
    {
      alternative: 'old',
      value: { median: 2, low: 1.125, high: 2 },
      cpuMicroseconds: { median: 250_000, low: 250_000, high: 1_125_000 },
      ratios: { old: { median: 1, low: 1, high: 1 } }
    },
    {
      alternative: 'new',
      value: { median: 4, low: 2.5, high: 6 },
      cpuMicroseconds: { median: 125_000, low: 93_750, high: 312_500 },
      ratios: { old: { median: 4, low: 3, high: 4 } }
    }
  ])
})

test('less time and fewer bytes are smaller ratios', () => {
  for (const measure of ['time', 'bytes'] as const)
    expect(summarise({ ...scenario, measure }, result)[1]?.ratios).toEqual({
      old: { median: 0.25, low: 0.25, high: 0.375 }
    })
})

test('a target is reached by the median, on the side that it names', () => {
  const verdicts = judge(scenario, result).map(({ target, reached }) => [target.what, reached])
  expect(verdicts).toEqual([
    ['met', true],
    ['missed', false],
    ['below', true],
    ['alone', true]
  ])
})
