import { resolve } from 'node:path'
import { type Request, readArguments, USAGE } from './arguments.js'
import { describeMachine, renderMachine } from './report/machine.js'
import { Progress } from './report/progress.js'
import { save } from './report/results.js'
import { savedOf } from './report/saved.js'
import { renderTable } from './report/table.js'
import { runScenario } from './runner/run.js'
import { scenarios } from './scenarios/index.js'

async function bench(request: Request): Promise<void> {
  const machine = describeMachine()
  const progress = new Progress()
  console.log(renderMachine(machine))
  for (const scenario of request.scenarios) {
    const result = await runScenario(scenario, {
      rounds: request.rounds,
      profile: request.profile === undefined ? undefined : resolve(request.profile),
      onprogress: step => progress.show(step)
    })
    progress.clear()
    console.log(`\n${renderTable(result)}`)
    if (request.save) {
      const path = await save(savedOf(result, machine, new Date().toISOString()), scenarios)
      console.log(`Written to ${path}`)
    }
  }
}

try {
  const request = readArguments(process.argv.slice(2), scenarios)
  if (request.help) console.log(USAGE)
  else await bench(request)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
