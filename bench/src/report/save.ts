import { mkdir, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Machine, renderMachine } from './machine.js'
import { type ScenarioResult, summarise } from './result.js'
import { renderTable } from './table.js'

const RESULTS = new URL('../../results/', import.meta.url)

/** Writes the table, and the JSON with every single turn. Gives the path of the table. */
export async function save(result: ScenarioResult, machine: Machine, date: Date): Promise<string> {
  const { name, title, measure, operation, baselines } = result.scenario
  const json = {
    scenario: { name, title, measure, operation, baselines },
    date: date.toISOString(),
    machine,
    cases: result.cases.map(one => ({ ...one, summary: summarise(result.scenario, one) }))
  }
  const table = new URL(`${name}.txt`, RESULTS)
  await mkdir(RESULTS, { recursive: true })
  await writeFile(table, `${renderTable(result)}\n\n${renderMachine(machine)}\n`)
  await writeFile(new URL(`${name}.json`, RESULTS), `${JSON.stringify(json, undefined, 2)}\n`)
  return fileURLToPath(table)
}
