import { expect, test } from 'vitest'
import { renderPlot } from './plot.js'

function turn(seconds: number) {
  return { perOperation: seconds, cpuSecondsPerOperation: seconds }
}

const plot = renderPlot({
  scenario: {
    name: 'speed',
    title: 'Fast & <slow>',
    measure: 'rate',
    operation: 'message',
    baselines: ['old'],
    ours: ['new']
  },
  cases: [
    {
      name: '1 B',
      operations: 1,
      alternatives: ['old', 'new', 'slow'],
      targets: [],
      passes: [{ old: turn(1), new: turn(0.25), slow: turn(4) }]
    }
  ]
})

function bar(kind: string): { x: number; width: number } {
  const [, x, width] =
    new RegExp(`<rect class="${kind}" x="([\\d.]+)" y="[\\d.]+" width="([\\d.]+)"`).exec(plot) ?? []
  return { x: Number(x), width: Number(width) }
}

test('what is faster goes to the right of the baseline, and what is slower to the left, as far as its ratio', () => {
  const [faster, slower] = [bar('ours'), bar('bar')]
  expect(slower.x + slower.width).toBeCloseTo(faster.x)
  expect(faster.width).toBeCloseTo(slower.width)
  expect(faster.width).toBeGreaterThan(10)
})

test('ratios stand beside their bars, and names are no markup', () => {
  expect(plot).toContain('>4.00<')
  expect(plot).toContain('>0.25<')
  expect(plot).toContain('Fast &amp; &lt;slow>')
})
