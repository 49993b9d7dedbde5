import { chat } from './chat.js'
import { PortError } from './meeting-point.js'
import { readOptions, USAGE, UsageError } from './options.js'

try {
  const options = readOptions(process.argv.slice(2), process.env)
  if (options === undefined) console.log(USAGE)
  else await chat(options)
} catch (error) {
  if (error instanceof UsageError) console.error(`${error.message}\n\n${USAGE}`)
  else if (error instanceof PortError) console.error(error.message)
  else throw error
  process.exitCode = 1
}
