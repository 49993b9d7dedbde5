import type { Case, Scenario, Target } from '../contender.js'
import { median, quantile } from '../statistics.js'

/** What one alternative needed, once. */
export interface Turn {
  /** Seconds or bytes, whichever the scenario measures. */
  readonly perOperation: number
  /** Of both processes together. */
  readonly cpuSecondsPerOperation: number
}

/** By alternative: turns that followed one another directly. */
export type Pass = Readonly<Record<string, Turn>>

export interface CaseResult extends Pick<Case, 'name' | 'operations'> {
  /** In the order of the table. */
  readonly alternatives: readonly string[]
  readonly targets: readonly Target[]
  readonly passes: readonly Pass[]
}

export type ScenarioHead = Pick<Scenario, 'name' | 'title' | 'measure' | 'operation' | 'baselines' | 'ours'>

export interface ScenarioResult {
  readonly scenario: ScenarioHead
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
  /** Operations a second, microseconds an operation, or bytes. */
  readonly value: Figure
  readonly cpuMicroseconds: Figure
  /** By baseline: this alternative's value divided by the baseline's of the same pass. */
  readonly ratios: Readonly<Record<string, Figure>>
}

/** Whether an alternative has reached what it was meant to. */
export interface Verdict {
  readonly target: Target
  readonly figure: Figure
  readonly reached: boolean
}

/** A line for each alternative of a case. */
export function summarise(scenario: ScenarioHead, { alternatives, passes }: CaseResult): Summary[] {
  return alternatives.map(alternative => ({
    alternative,
    value: figureOf(turnsOf(passes, alternative).map(turn => measured(scenario, turn))),
    cpuMicroseconds: figureOf(turnsOf(passes, alternative).map(turn => turn.cpuSecondsPerOperation * 1e6)),
    ratios: Object.fromEntries(
      scenario.baselines.map(baseline => [baseline, ratioOf(scenario, passes, alternative, baseline)])
    )
  }))
}

/** A verdict for each target of a case. */
export function judge(scenario: ScenarioHead, { targets, passes }: CaseResult): Verdict[] {
  return targets.map(target => {
    const { alternative, baseline, reach, value } = target
    const figure =
      baseline === undefined
        ? figureOf(turnsOf(passes, alternative).map(turn => measured(scenario, turn)))
        : ratioOf(scenario, passes, alternative, baseline)
    return { target, figure, reached: reach === 'at least' ? figure.median >= value : figure.median <= value }
  })
}

function measured({ measure }: ScenarioHead, { perOperation }: Turn): number {
  switch (measure) {
    case 'rate':
      return 1 / perOperation
    case 'time':
      return perOperation * 1e6
    case 'bytes':
      return perOperation
  }
}

function ratioOf(
  scenario: ScenarioHead,
  passes: readonly Pass[],
  alternative: string,
  baseline: string
): Figure {
  const ratios = passes.flatMap(pass => {
    const [turn, base] = [pass[alternative], pass[baseline]]
    return turn === undefined || base === undefined
      ? []
      : [measured(scenario, turn) / measured(scenario, base)]
  })
  return figureOf(ratios)
}

function turnsOf(passes: readonly Pass[], alternative: string): Turn[] {
  return passes.flatMap(pass => pass[alternative] ?? [])
}

function figureOf(values: readonly number[]): Figure {
  return { median: median(values), low: quantile(values, 0.25), high: quantile(values, 0.75) }
}
