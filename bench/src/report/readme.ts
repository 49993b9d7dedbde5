import { spread, wanted } from './figures.js'
import { type Machine, renderMachine } from './machine.js'
import type { Saved } from './saved.js'

const BEGIN = '<!-- Written by `npm run bench -- --save`: -->'
const END = '<!-- Until here. -->'

/** The scenarios whose plots the README shows. */
const SHOWN = ['typed', 'throughput']

/** What the top README says of the results. */
export function renderSection(results: readonly Saved[]): string {
  const plots = results
    .filter(({ scenario }) => SHOWN.includes(scenario.name))
    .map(({ scenario: { name, title } }) => `![${title}](bench/results/${name}.svg)`)
  const verdicts = results.flatMap(({ cases }) => cases.flatMap(one => one.verdicts))
  const rows = verdicts.map(verdict => [
    verdict.target.what,
    wanted(verdict),
    spread(verdict.figure),
    verdict.reached ? 'yes' : '**no**'
  ])
  // Of what was measured on one machine, the time when it was busiest.
  const machines = new Map<string, Machine>()
  for (const { machine } of results.toSorted((one, other) => one.machine.load - other.machine.load))
    machines.set(renderMachine({ ...machine, load: 0 }), machine)
  return [
    ...plots,
    table(['what', 'to reach', 'measured', 'reached'], rows),
    ...Array.from(machines.values(), machine => renderMachine(machine).replaceAll('\n', '. '))
  ].join('\n\n')
}

/** The README with another section. */
export function inReadme(readme: string, section: string): string {
  const [before, rest] = cut(readme, BEGIN)
  const [, after] = cut(rest, END)
  return `${before}${BEGIN}\n\n${section}\n\n${END}${after}`
}

function cut(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark)
  if (at === -1) throw new Error(`The README has no ${mark}`)
  return [text.slice(0, at), text.slice(at + mark.length)]
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}
