import { describe, expect, test } from 'vitest'
import { readArguments } from './arguments.js'
import { renderSummary } from './report/summary.js'
import { type Result, run } from './run.js'
import type { Round, Scenario } from './scenario.js'

function scenario(name: string, round: (round: Round) => Promise<void> | void): Scenario {
  return { name, title: 'nothing happens', shortRounds: 1, run: async one => round(one) }
}

function rounds(one: Scenario, count: number, seed = 7): Promise<Result[]> {
  return run({ scenarios: [one], seed, more: (_scenario, done) => done < count, onround() {} })
}

describe('a run', () => {
  test('gives every round a seed of its own, from the first on, and the same choices for the same seed', async () => {
    const drawn: number[] = []
    const draw = scenario('draw', ({ random }) => void drawn.push(random.integer(0, 2 ** 30)))
    await rounds(draw, 3)
    await rounds(draw, 1, 9)
    expect(new Set(drawn.slice(0, 3)).size).toBe(3)
    expect(drawn[3]).toBe(drawn[2])
  })

  test('takes scenarios in turn until each has had enough', async () => {
    const log: string[] = []
    const [one, two] = ['one', 'two'].map(name => scenario(name, () => void log.push(name)))
    if (one === undefined || two === undefined) throw new Error('There are two.')
    await run({
      scenarios: [one, two],
      seed: 1,
      more: ({ name }, done) => done < (name === 'one' ? 3 : 1),
      onround() {}
    })
    expect(log).toEqual(['one', 'two', 'one', 'one'])
  })

  test('counts as a fault what a round says, throws, or lets escape, with the seed that shows it again', async () => {
    const said = await rounds(
      scenario('bad', async ({ fault, random }) => {
        const way = random.pick(['say', 'throw', 'reject'])
        if (way === 'say') fault('said')
        if (way === 'throw') throw new Error('thrown')
        if (way === 'reject') void Promise.reject(new Error('rejected'))
        await new Promise(resolve => setImmediate(resolve))
      }),
      40
    )
    const [result] = said
    const kinds = new Set(result?.faults.map(({ what }) => /said|thrown|rejected/.exec(what)?.[0]))
    expect([...kinds].sort()).toEqual(['rejected', 'said', 'thrown'])
    const fault = result?.faults[0]
    expect(renderSummary(said)).toContain(`npm run torture -- bad --seed ${fault?.seed} --rounds 1`)
    expect(
      (await rounds(result?.scenario ?? scenario('none', () => {}), 1, fault?.seed))[0]?.faults
    ).toHaveLength(1)
  })
})

describe('the arguments', () => {
  const all = ['path', 'soak'].map(name => scenario(name, () => {}))

  test('name the scenarios, the time, the rounds and the seed', () => {
    const request = readArguments(['soak', '--minutes', '0.5', '--rounds', '2', '--seed', '11'], all)
    expect(request).toMatchObject({ minutes: 0.5, rounds: 2, seed: 11, scenarios: [all[1]] })
    expect(readArguments([], all)).toMatchObject({ minutes: 1, rounds: undefined, scenarios: all })
  })

  test.each([
    [['nowhere'], 'There is no scenario nowhere, only path, soak.'],
    [['--minutes', '0'], '--minutes takes a number above 0'],
    [['--rounds', '1.5'], '--rounds takes a whole number'],
    [['--seed', ''], '--seed takes a whole number']
  ])('%j is a mistake, told in a sentence', (args, message) => {
    expect(() => readArguments(args, all)).toThrow(message)
  })
})
