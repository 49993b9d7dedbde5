import { number, spread, unitOf, wanted } from './figures.js'
import { judge, type ScenarioResult, summarise } from './result.js'

/** What a scenario gave, as plain text. */
export function renderTable({ scenario, cases }: ScenarioResult): string {
  const { name, title, measure, baselines } = scenario
  const head = ['', unitOf(scenario), ...baselines.map(baseline => `× ${baseline}`), 'CPU µs']
  const rows = cases.flatMap(result => [
    [result.name],
    ...summarise(scenario, result).map(({ alternative, value, ratios, cpuMicroseconds }) => [
      `  ${alternative}`,
      number(value.median),
      ...Object.entries(ratios).map(([baseline, ratio]) => (baseline === alternative ? '1' : spread(ratio))),
      number(cpuMicroseconds.median)
    ])
  ])
  const verdicts = cases
    .flatMap(result => judge(scenario, result))
    .map(verdict => [
      verdict.target.what,
      `${wanted(verdict)}: ${spread(verdict.figure)}`,
      verdict.reached ? 'reached' : 'not reached'
    ])
  const better = measure === 'rate' ? 'more is better' : 'less is better'
  const table = [`${name}: ${title} (${better})`, ...align([head, ...rows])]
  return [...table, ...(verdicts.length === 0 ? [] : ['', ...align(verdicts)])].join('\n')
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
