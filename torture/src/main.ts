import { type Request, readArguments, USAGE } from './arguments.js'
import { Progress } from './report/progress.js'
import { renderSummary } from './report/summary.js'
import { run } from './run.js'
import { scenarios } from './scenarios/index.js'

async function torture({
  scenarios,
  minutes,
  rounds = Number.POSITIVE_INFINITY,
  seed
}: Request): Promise<boolean> {
  const progress = new Progress()
  const started = Date.now()
  let interrupted = false
  process.once('SIGINT', () => {
    interrupted = true
  })
  console.log(`seed ${seed}, ${minutes} min, node ${process.version}`)
  const results = await run({
    scenarios,
    seed,
    more: (_scenario, done) => !interrupted && done < rounds && Date.now() - started < minutes * 60_000,
    onround(scenario, roundSeed) {
      const seconds = Math.round((Date.now() - started) / 1000)
      const megabytes = Math.round(process.memoryUsage().rss / 2 ** 20)
      progress.show(`${seconds} s, ${megabytes} MB: ${scenario.name}, seed ${roundSeed}`)
    }
  })
  progress.clear()
  console.log(`\n${renderSummary(results)}`)
  return results.every(({ faults }) => faults.length === 0)
}

try {
  const request = readArguments(process.argv.slice(2), scenarios)
  if (request.help) console.log(USAGE)
  else if (!(await torture(request))) process.exitCode = 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
