import type { Result } from '../run.js'

/** Faults of one scenario that are written out; there may be thousands of the same. */
const MAX_FAULTS = 5

const whole = new Intl.NumberFormat('en')

/** What came of all scenarios, as plain text. */
export function renderSummary(results: readonly Result[]): string {
  return results.map(renderResult).join('\n\n')
}

function renderResult({ scenario, rounds, counts, faults }: Result): string {
  const width = Math.max(0, ...Array.from(counts.values(), count => whole.format(count).length))
  return [
    `${scenario.name}: ${scenario.title}`,
    `  ${whole.format(rounds)} ${rounds === 1 ? 'round' : 'rounds'}, ${faults.length === 0 ? 'no fault' : `${whole.format(faults.length)} FAULTS`}`,
    ...[...counts]
      .sort(([one], [other]) => one.localeCompare(other))
      .map(([what, count]) => `  ${whole.format(count).padStart(width)}  ${what}`),
    ...faults
      .slice(0, MAX_FAULTS)
      .flatMap(({ seed, what }) => [
        `  FAULT  ${what.replaceAll('\n', '\n         ')}`,
        `         again: npm run torture -- ${scenario.name} --seed ${seed} --rounds 1`
      ])
  ].join('\n')
}
