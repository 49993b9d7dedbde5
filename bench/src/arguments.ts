import { parseArgs } from 'node:util'
import type { Scenario } from './contender.js'

export interface Request {
  readonly help: boolean
  readonly scenarios: readonly Scenario[]
  readonly rounds: number
  readonly save: boolean
  readonly profile: string | undefined
}

export const USAGE = `npm run bench -- [scenario …] [--only text] [--rounds 1] [--save] [--profile folder]

  --only     only the cases that have this in their name, such as 64 KiB
  --rounds   how often everything is started afresh, 1 to 99
  --save     write tables and JSON to bench/results
  --profile  write a CPU profile of every process to this folder`

const DEFAULT_ROUNDS = 1

/** Throws an error of one sentence. */
export function readArguments(args: readonly string[], all: readonly Scenario[]): Request {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string', default: String(DEFAULT_ROUNDS) },
      save: { type: 'boolean', default: false },
      profile: { type: 'string' }
    }
  })
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 99)
    throw new RangeError(`--rounds takes a whole number from 1 to 99, not ${values.rounds}.`)
  const { help, save, profile, only } = values
  if (save && only !== undefined) throw new RangeError('--save keeps whole scenarios: leave out --only.')
  const picked = positionals.length === 0 ? all : pick(positionals, all)
  return { help, save, profile, rounds, scenarios: only === undefined ? picked : narrow(picked, only) }
}

function narrow(scenarios: readonly Scenario[], only: string): Scenario[] {
  const narrowed = scenarios
    .map(scenario => ({ ...scenario, cases: scenario.cases.filter(({ name }) => name.includes(only)) }))
    .filter(({ cases }) => cases.length > 0)
  if (narrowed.length === 0) throw new RangeError(`No case has ${only} in its name.`)
  return narrowed
}

function pick(names: readonly string[], all: readonly Scenario[]): Scenario[] {
  const unknown = names.find(name => !all.some(scenario => scenario.name === name))
  if (unknown !== undefined)
    throw new RangeError(
      `There is no scenario ${unknown}, only ${all.map(scenario => scenario.name).join(', ')}.`
    )
  return all.filter(scenario => names.includes(scenario.name))
}
