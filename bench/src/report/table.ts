import type { Scenario } from '../contender.js'
import { type Figure, type ScenarioResult, summarise } from './result.js'

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const fine = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })

/** What a scenario gave, as plain text. */
export function renderTable({ scenario, cases }: ScenarioResult): string {
  const head = ['', unitOf(scenario), ...scenario.baselines.map(baseline => `× ${baseline}`), 'CPU µs']
  const rows = cases.flatMap(result => [
    [result.name],
    ...summarise(scenario, result).map(({ alternative, value, ratios, cpuMicroseconds }) => [
      `  ${alternative}`,
      scenario.measure === 'rate' ? whole.format(value.median) : fine.format(value.median),
      ...scenario.baselines.map(baseline => (baseline === alternative ? '1' : spreadOf(ratios[baseline]))),
      fine.format(cpuMicroseconds.median)
    ])
  ])
  const better = scenario.measure === 'rate' ? 'more is better' : 'less is better'
  return [`${scenario.name}: ${scenario.title} (${better})`, ...align([head, ...rows])].join('\n')
}

function unitOf({ measure, operation }: Scenario): string {
  return measure === 'rate' ? `${operation}s/s` : `µs a ${operation}`
}

function spreadOf(figure: Figure | undefined): string {
  if (figure === undefined) return ''
  return `${fine.format(figure.median)} (${fine.format(figure.low)}–${fine.format(figure.high)})`
}

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0)))
  return rows.map(row =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)
      )
      .join('   ')
      .trimEnd()
  )
}
