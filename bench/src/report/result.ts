import type { Case, Scenario } from '../contender.js'
import { median, quantile } from '../statistics.js'

/** What one alternative needed, once. */
export interface Turn {
  readonly secondsPerOperation: number
  /** Of both processes together. */
  readonly cpuSecondsPerOperation: number
}

/** By alternative: turns that followed one another directly. */
export type Pass = Readonly<Record<string, Turn>>

export interface CaseResult extends Pick<Case, 'name' | 'operations'> {
  /** In the order of the table. */
  readonly alternatives: readonly string[]
  readonly passes: readonly Pass[]
}

export interface ScenarioResult {
  readonly scenario: Scenario
  readonly cases: readonly CaseResult[]
}

/** The middle of several values, and the quarters on each side of it. */
export interface Figure {
  readonly median: number
  readonly low: number
  readonly high: number
}

export interface Summary {
  readonly alternative: string
  /** Operations a second, or microseconds an operation. */
  readonly value: Figure
  readonly cpuMicroseconds: Figure
  /** By baseline: this alternative's value divided by the baseline's of the same pass. */
  readonly ratios: Readonly<Record<string, Figure>>
}

/** A line for each alternative of a case. */
export function summarise({ measure, baselines }: Scenario, { alternatives, passes }: CaseResult): Summary[] {
  const unitsOf = ({ secondsPerOperation }: Turn) =>
    measure === 'rate' ? 1 / secondsPerOperation : secondsPerOperation * 1e6
  return alternatives.map(alternative => {
    const turns = turnsOf(passes, alternative)
    const ratios = baselines.map(baseline => {
      const bases = turnsOf(passes, baseline)
      const ratio = (turn: Turn, at: number) => {
        const base = bases[at]
        return base === undefined ? Number.NaN : unitsOf(turn) / unitsOf(base)
      }
      return [baseline, figureOf(turns.map(ratio))] as const
    })
    return {
      alternative,
      value: figureOf(turns.map(unitsOf)),
      cpuMicroseconds: figureOf(turns.map(turn => turn.cpuSecondsPerOperation * 1e6)),
      ratios: Object.fromEntries(ratios)
    }
  })
}

function turnsOf(passes: readonly Pass[], alternative: string): Turn[] {
  return passes.flatMap(pass => pass[alternative] ?? [])
}

function figureOf(values: readonly number[]): Figure {
  return { median: median(values), low: quantile(values, 0.25), high: quantile(values, 0.75) }
}
