import { expect, test } from 'vitest'
import type { Contender, Scenario } from '../contender.js'
import { summarise } from '../report/result.js'
import { roundTrip } from '../scenarios/round-trip.js'
import { runScenario } from './run.js'

const quiet = { rounds: 1, profile: undefined, onprogress: () => undefined }
const [first] = roundTrip.cases
/** One, to be short: its two processes take seconds to start. */
const alternatives = Object.fromEntries(Object.entries(first?.alternatives ?? {}).slice(0, 1))

test('a scenario runs in processes of its own, and gives figures', async () => {
  if (first === undefined) throw new RangeError('There is a case.')
  const short: Scenario = { ...roundTrip, exact: true, cases: [{ ...first, alternatives }] }
  const { cases } = await runScenario(short, quiet)
  expect(cases.map(({ name, alternatives, passes }) => [name, alternatives, passes.length])).toEqual([
    [first.name, Object.keys(alternatives), 1]
  ])
  for (const one of cases) {
    for (const { value, ratios } of summarise(short, one))
      expect(
        [value.median, ...Object.values(ratios).map(ratio => ratio.median)].filter(figure => figure > 0)
      ).toHaveLength(2)
  }
})

test('a process that fails ends the run with what it says', async () => {
  if (first === undefined) throw new RangeError('There is a case.')
  const nobody: Contender = {
    answer: () => Promise.reject(new Error('not here')),
    drive: () => Promise.reject(new Error('not here'))
  }
  const wrong: Scenario = { ...roundTrip, cases: [{ ...first, alternatives: { nobody } }] }
  await expect(runScenario(wrong, quiet)).rejects.toThrow(
    `The answering process of roundtrip, nobody, failed: Error: nobody is not part of roundtrip, ${first.name}.`
  )
})
