import { operationsOf, type Scenario } from '../contender.js'
import type { CaseResult, Pass, ScenarioResult } from '../report/result.js'
import { Pair } from './pair.js'

/** In each round: passes that are not counted, until all that runs is compiled, and those that are. */
const WARM_UP = 2
const PASSES = 3

export interface RunOptions {
  readonly rounds: number
  readonly profile: string | undefined
  onprogress(done: string): void
}

/**
 * Runs a scenario. A round starts fresh processes for every alternative, because what the compiler makes of a program
 * differs from start to start. A pass gives each alternative one short turn after the other, in a changing order, so
 * that whatever else the machine does meets all of them.
 */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<ScenarioResult> {
  const results: (CaseResult & { passes: Pass[] })[] = scenario.cases.map(
    ({ name, operations, alternatives, targets = [] }) => ({
      name,
      operations,
      alternatives: Object.keys(alternatives),
      targets,
      passes: []
    })
  )
  const rounds = scenario.exact ? 1 : options.rounds
  const passes = scenario.exact ? 1 : WARM_UP + PASSES
  for (let round = 1; round <= rounds; round++) {
    const pairs = startPairs(scenario, round, options.profile)
    try {
      await Promise.all(Array.from(pairs.values(), pair => pair.start()))
      for (let pass = 0; pass < passes; pass++) {
        for (const [at, one] of scenario.cases.entries()) {
          options.onprogress(`${scenario.name}: round ${round} of ${rounds}, ${one.name}`)
          const turns: [string, Pass[string]][] = []
          for (const [name, contender] of rotated(Object.entries(one.alternatives), pass)) {
            const pair = pairs.get(name)
            if (pair !== undefined) turns.push([name, await pair.turn(one, operationsOf(one, contender))])
          }
          if (scenario.exact || pass >= WARM_UP) results[at]?.passes.push(Object.fromEntries(turns))
        }
      }
    } finally {
      await Promise.all(Array.from(pairs.values(), pair => pair.close()))
    }
  }
  const { name, title, measure, operation, baselines, ours } = scenario
  return { scenario: { name, title, measure, operation, baselines, ours }, cases: results }
}

function startPairs(scenario: Scenario, round: number, profile: string | undefined): Map<string, Pair> {
  const alternatives = new Set(scenario.cases.flatMap(one => Object.keys(one.alternatives)))
  return new Map(
    Array.from(alternatives, alternative => [
      alternative,
      new Pair({ scenario: scenario.name, alternative, round, profile })
    ])
  )
}

function rotated<T>(items: readonly T[], by: number): T[] {
  const at = by % items.length
  return [...items.slice(at), ...items.slice(0, at)]
}
