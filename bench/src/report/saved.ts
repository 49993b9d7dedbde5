import type { Machine } from './machine.js'
import { judge, type ScenarioResult, type Summary, summarise, type Verdict } from './result.js'

/** What `bench/results` has of a scenario, as JSON. */
export interface Saved extends ScenarioResult {
  readonly date: string
  readonly machine: Machine
  readonly cases: readonly (ScenarioResult['cases'][number] & {
    readonly summary: readonly Summary[]
    readonly verdicts: readonly Verdict[]
  })[]
}

export function savedOf({ scenario, cases }: ScenarioResult, machine: Machine, date: string): Saved {
  return {
    scenario,
    date,
    machine,
    cases: cases.map(one => ({
      ...one,
      summary: summarise(scenario, one),
      verdicts: judge(scenario, one)
    }))
  }
}
