import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { scenarios } from '../scenarios/index.js'
import { inReadme, renderSection } from './readme.js'
import { filesOf, readResults } from './results.js'
import { savedOf } from './saved.js'

const results = await readResults(scenarios)

test('there is a result of every scenario', () => {
  expect(results.map(({ scenario }) => scenario.name)).toEqual(scenarios.map(({ name }) => name))
})

describe.each(results.map(saved => [saved.scenario.name, saved] as const))(
  'bench/results/%s',
  (name, saved) => {
    test('has the figures that its turns give', () => {
      expect(savedOf(saved, saved.machine, saved.date)).toEqual(saved)
    })

    test('has a table and a plot of just these figures', async () => {
      for (const [file, text] of Object.entries(filesOf(saved)))
        expect(await readFile(new URL(`../../results/${file}`, import.meta.url), 'utf8'), file).toBe(text)
    })

    test('compares what the scenario compares, and wants what it wants', () => {
      const wanted = scenarios
        .find(scenario => scenario.name === name)
        ?.cases.map(({ name, alternatives, targets = [] }) => ({
          name,
          alternatives: Object.keys(alternatives),
          targets
        }))
      expect(saved.cases.map(({ name, alternatives, targets }) => ({ name, alternatives, targets }))).toEqual(
        wanted
      )
    })
  }
)

test('the README says what the results say', async () => {
  const readme = await readFile(new URL('../../../README.md', import.meta.url), 'utf8')
  expect(inReadme(readme, renderSection(results))).toBe(readme)
  const plots = Array.from(readme.matchAll(/!\[[^\]]*\]\((bench\/[^)]+)\)/g), ([, path = '']) => path)
  expect(plots).not.toEqual([])
  for (const path of plots) expect(existsSync(new URL(`../../../${path}`, import.meta.url)), path).toBe(true)
})
