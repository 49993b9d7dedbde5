import { Random } from './random.js'
import type { Round, Scenario } from './scenario.js'

/** What came of a scenario. */
export interface Result {
  readonly scenario: Scenario
  rounds: number
  readonly counts: Map<string, number>
  readonly faults: Fault[]
}

/** What must never happen, and did. */
export interface Fault {
  /** The seed of the round, which shows it again. */
  readonly seed: number
  readonly what: string
}

export interface RunOptions {
  readonly scenarios: readonly Scenario[]
  /** The first round of each scenario has this seed, the next one the next number. */
  readonly seed: number
  /** Whether one more round is to begin: asked before each, with the number of rounds that the scenario has had. */
  more(scenario: Scenario, rounds: number): boolean
  onround(scenario: Scenario, seed: number): void
}

const SEEDS = 2 ** 31

/** Runs the scenarios in turn, one round each, until there are to be no more. */
export async function run({ scenarios, seed, more, onround }: RunOptions): Promise<Result[]> {
  const results = scenarios.map(scenario => ({ scenario, rounds: 0, counts: new Map(), faults: [] }))
  let running: Result[] = results
  while (running.length > 0) {
    for (const result of running) {
      if (!more(result.scenario, result.rounds)) continue
      const roundSeed = (seed + result.rounds) % SEEDS
      onround(result.scenario, roundSeed)
      await runRound(result, roundSeed)
    }
    running = running.filter(({ scenario, rounds }) => more(scenario, rounds))
  }
  return results
}

/** One round. What escapes from the library, into the network's stack or as a rejection, is a fault of the round. */
export async function runRound(result: Result, seed: number): Promise<void> {
  const fault = (what: string): void => {
    result.faults.push({ seed, what })
  }
  const escaped = (error: unknown): void => fault(`Escaped: ${describe(error)}`)
  const round: Round = {
    seed,
    random: new Random(seed),
    count: (what, by = 1) => result.counts.set(what, (result.counts.get(what) ?? 0) + by),
    fault
  }
  // Somebody may wait for a timer that does not keep the process alive.
  const awake = setInterval(() => undefined, 1000)
  process.on('uncaughtException', escaped)
  process.on('unhandledRejection', escaped)
  try {
    await result.scenario.run(round)
    // What was not awaited may still escape.
    await new Promise(resolve => setImmediate(resolve))
  } catch (error) {
    fault(describe(error))
  } finally {
    clearInterval(awake)
    process.off('uncaughtException', escaped)
    process.off('unhandledRejection', escaped)
  }
  result.rounds++
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
