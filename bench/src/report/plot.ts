import { number } from './figures.js'
import { type ScenarioResult, type Summary, summarise } from './result.js'

// Sizes in pixels. A panel for each case, a row for each alternative.
const LABELS = 230
/** Of one panel, unless there are so few that the title needs more. */
const PANEL = 190
const PANELS = 560
const ROW = 22
const BAR = 12
const HEAD = 58
const FOOT = 30
const VALUE = 40
const GAP = 12

/** Light and dark as the reader's system is; no background of its own. */
const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 }
  .faint { fill: #6e7781 }
  .line { stroke: #8c959f; stroke-width: 1 }
  .spread { stroke: #24292f; stroke-width: 1.5 }
  .bar { fill: #afb8c1 }
  .ours { fill: #2f81f7 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .faint { fill: #8d96a0 }
    .spread { stroke: #e6edf3 }
    .bar { fill: #484f58 }
  }
`

/** How each alternative compares to the first baseline, on a logarithmic scale: bars begin at 1, the baseline itself. */
export function renderPlot({ scenario, cases }: ScenarioResult): string {
  const [baseline = ''] = scenario.baselines
  const names = [...new Set(cases.flatMap(({ alternatives }) => alternatives))]
  const panels = cases.map(result => ({ name: result.name, summaries: summarise(scenario, result) }))
  const scale = scaleFor(
    panels.flatMap(({ summaries }) => summaries.map(one => one.ratios[baseline]?.median ?? 1))
  )
  const panel = Math.max(PANEL, PANELS / panels.length)
  const width = LABELS + panels.length * (panel + GAP)
  const height = HEAD + names.length * ROW + FOOT
  const unit =
    scenario.measure === 'rate'
      ? 'as many a second'
      : scenario.measure === 'time'
        ? 'as long'
        : 'as many bytes'
  const better = scenario.measure === 'rate' ? 'right is better' : 'left is better'

  const labels = names.map((name, row) =>
    text(LABELS - 8, rowAt(row), name, scenario.ours.includes(name) ? 'title' : '', 'end')
  )
  const drawn = panels.flatMap(({ name, summaries }, at) => {
    const left = LABELS + at * (panel + GAP)
    const x = (ratio: number) => left + VALUE + scale(ratio) * (panel - 2 * VALUE)
    return [
      text(left + panel / 2, HEAD - 14, name, 'faint', 'middle'),
      `<line class="line" x1="${px(x(1))}" x2="${px(x(1))}" y1="${HEAD - 6}" y2="${height - FOOT + 4}"/>`,
      text(x(1), height - FOOT + 18, '1 ×', 'faint', 'middle'),
      ...summaries.flatMap(summary =>
        bar(summary, baseline, x, rowAt(names.indexOf(summary.alternative)), scenario.ours)
      )
    ]
  })
  const title = `${scenario.title}: how many times ${unit} as ${baseline} (${better})`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}</style>`,
    text(8, 18, scenario.title, 'title', 'start'),
    text(8, 34, `× ${baseline}, ${better}`, 'faint', 'start'),
    ...labels,
    ...drawn,
    '</svg>',
    ''
  ].join('\n')
}

function bar(
  { alternative, ratios }: Summary,
  baseline: string,
  x: (ratio: number) => number,
  y: number,
  ours: readonly string[]
): string[] {
  const ratio = ratios[baseline]
  if (ratio === undefined || alternative === baseline) return []
  const { median, low, high } = ratio
  const [from, to] = [Math.min(x(1), x(median)), Math.max(x(1), x(median))]
  const kind = ours.includes(alternative) ? 'ours' : 'bar'
  const value =
    median >= 1
      ? text(x(high) + 5, y, number(median), '', 'start')
      : text(x(low) - 5, y, number(median), '', 'end')
  return [
    `<rect class="${kind}" x="${px(from)}" y="${y - BAR / 2}" width="${px(to - from)}" height="${BAR}" rx="2"/>`,
    `<line class="spread" x1="${px(x(low))}" x2="${px(x(high))}" y1="${y}" y2="${y}"/>`,
    value
  ]
}

/** Gives where a ratio stands between the smallest and the largest, from 0 to 1. */
function scaleFor(ratios: readonly number[]): (ratio: number) => number {
  const least = Math.log(Math.min(0.5, ...ratios))
  const most = Math.log(Math.max(2, ...ratios))
  return ratio => (Math.log(ratio) - least) / (most - least)
}

function rowAt(row: number): number {
  return HEAD + row * ROW + ROW / 2
}

function text(
  x: number,
  y: number,
  content: string,
  kind: string,
  anchor: 'start' | 'middle' | 'end'
): string {
  return `<text class="${kind}" x="${px(x)}" y="${px(y)}" text-anchor="${anchor}" dominant-baseline="middle">${escaped(content)}</text>`
}

function px(value: number): string {
  return value.toFixed(1)
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
