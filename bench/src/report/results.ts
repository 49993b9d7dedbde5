import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Scenario } from '../contender.js'
import { renderMachine } from './machine.js'
import { renderPlot } from './plot.js'
import { inReadme, renderSection } from './readme.js'
import type { Saved } from './saved.js'
import { renderTable } from './table.js'

const RESULTS = new URL('../../results/', import.meta.url)
const README = new URL('../../../README.md', import.meta.url)

/** What is written of a result: the table, the JSON with every single turn, and the plot. */
export function filesOf(saved: Saved): Readonly<Record<string, string>> {
  const { name } = saved.scenario
  return {
    [`${name}.txt`]: `${renderTable(saved)}\n\n${renderMachine(saved.machine)}\n`,
    [`${name}.json`]: `${JSON.stringify(saved, undefined, 1)}\n`,
    [`${name}.svg`]: renderPlot(saved)
  }
}

/** Writes a result, and what the README says of all that were written. Gives the path of the table. */
export async function save(saved: Saved, scenarios: readonly Scenario[]): Promise<string> {
  await mkdir(RESULTS, { recursive: true })
  for (const [name, text] of Object.entries(filesOf(saved))) await writeFile(new URL(name, RESULTS), text)
  const section = renderSection(await readResults(scenarios))
  await writeFile(README, inReadme(await readFile(README, 'utf8'), section))
  return fileURLToPath(new URL(`${saved.scenario.name}.txt`, RESULTS))
}

/** All that was written, in the order in which the scenarios run. */
export async function readResults(scenarios: readonly Pick<Scenario, 'name'>[]): Promise<Saved[]> {
  const files = scenarios.map(({ name }) => new URL(`${name}.json`, RESULTS)).filter(file => existsSync(file))
  return Promise.all(files.map(async file => JSON.parse(await readFile(file, 'utf8'))))
}
