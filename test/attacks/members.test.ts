import { describe, expect, test } from 'vitest'
import { run } from '../../torture/src/run.js'
import { cases, membersOf } from '../../torture/src/scenarios/members.js'

describe('while one member does harm, the bounds hold, and an honest one is served on every topic:', () => {
  test.each(cases)('$attack.name, on $stack', async ({ stack, attack }) => {
    const [result] = await run({
      scenarios: [membersOf([{ stack, attack }])],
      seed: 1,
      more: (_scenario, rounds) => rounds < 1,
      onround() {}
    })
    expect(result?.faults).toEqual([])
    // What the faults are looked for in did happen.
    expect(result?.counts.get(`units of ${attack.name}`)).toBeGreaterThanOrEqual(attack.least)
    expect(result?.counts.get('honest round trips')).toBeGreaterThanOrEqual(90)
    for (const code of attack.codes.slice(0, 1)) expect(result?.counts.get(code)).toBeGreaterThan(0)
  })
})
