import { expect, test } from 'vitest'
import { type Result, run } from '../run.js'
import { STACKS } from '../stacks.js'
import { lastWordsOf } from './last-words.js'

test.each(STACKS)('a process that does not wait for what it has said is found out, on %s', async stack => {
  const [result] = await run({
    scenarios: [lastWordsOf('hasty', 3, [stack])],
    seed: 1,
    more: (_scenario, rounds) => rounds < 1,
    onround() {}
  })
  expect(faultsOf(result)).toMatch(/was said [\d,]+, and heard/)
})

function faultsOf(result: Result | undefined): string {
  return result?.faults.map(({ what }) => what).join('\n') ?? ''
}
