import type { Figure, ScenarioHead, Verdict } from './result.js'

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const fine = new Intl.NumberFormat('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })

/** To two places, or without any where they would say nothing. */
export function number(value: number): string {
  return Math.abs(value) < 100 ? fine.format(value) : whole.format(value)
}

/** `1.62 (1.55–1.70)`; without the spread where there is none. */
export function spread({ median, low, high }: Figure): string {
  if (low === high) return number(median)
  return `${number(median)} (${number(low)}–${number(high)})`
}

/** `≥ 1.5 ×`, or `≤ 40 B`. */
export function wanted({ target: { baseline, reach, value } }: Verdict): string {
  return `${reach === 'at least' ? '≥' : '≤'} ${value} ${baseline === undefined ? 'B' : '×'}`
}

export function unitOf({ measure, operation }: ScenarioHead): string {
  switch (measure) {
    case 'rate':
      return `${operation}s/s`
    case 'time':
      return `µs a ${operation}`
    case 'bytes':
      return `B a ${operation}`
  }
}
