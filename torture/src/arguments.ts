import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import type { Scenario } from './scenario.js'

export interface Request {
  readonly help: boolean
  readonly scenarios: readonly Scenario[]
  readonly minutes: number
  /** For each scenario; no bound but the time when it is undefined. */
  readonly rounds: number | undefined
  readonly seed: number
}

export const USAGE = `npm run torture -- [scenario …] [--minutes 1] [--rounds N] [--seed N]

  --minutes  how long, all scenarios together; a round that has begun is ended
  --rounds   how many rounds of each scenario, at most
  --seed     begins with the round of this number; without it, with any`

const MAX_SEED = 2 ** 31 - 1
const MAX_MINUTES = 7 * 24 * 60

/** Throws an error of one sentence. */
export function readArguments(args: readonly string[], all: readonly Scenario[]): Request {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      help: { type: 'boolean', default: false },
      minutes: { type: 'string', default: '1' },
      rounds: { type: 'string' },
      seed: { type: 'string' }
    }
  })
  const minutes = Number(values.minutes)
  if (!(minutes > 0 && minutes <= MAX_MINUTES))
    throw new RangeError(`--minutes takes a number above 0, to ${MAX_MINUTES}, not ${values.minutes}.`)
  return {
    help: values.help,
    scenarios: positionals.length === 0 ? all : pick(positionals, all),
    minutes,
    rounds: values.rounds === undefined ? undefined : whole('--rounds', values.rounds, 1, MAX_SEED),
    seed: values.seed === undefined ? randomInt(MAX_SEED) : whole('--seed', values.seed, 0, MAX_SEED)
  }
}

function whole(option: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least && value <= most && text.trim() !== '') return value
  throw new RangeError(`${option} takes a whole number from ${least} to ${most}, not ${text}.`)
}

function pick(names: readonly string[], all: readonly Scenario[]): Scenario[] {
  const unknown = names.find(name => !all.some(scenario => scenario.name === name))
  if (unknown !== undefined)
    throw new RangeError(
      `There is no scenario ${unknown}, only ${all.map(scenario => scenario.name).join(', ')}.`
    )
  return all.filter(scenario => names.includes(scenario.name))
}
