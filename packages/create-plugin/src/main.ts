#!/usr/bin/env node
import { readArguments, UsageError } from './arguments.js'
import { USAGE } from './usage.js'
import { write } from './write.js'

try {
  const plugin = readArguments(process.argv.slice(2))
  if (plugin === undefined) {
    console.log(USAGE)
  } else {
    write(plugin)
    console.log(`${plugin.packageName} is in ${plugin.folder}. Next:

  cd ${plugin.folder}
  npm install
  npm test`)
  }
} catch (error) {
  const system = error instanceof Error && 'syscall' in error
  if (!(error instanceof UsageError || system)) throw error
  console.error(`${error.message}\n\nnpm create @peersockets/plugin -- --help says more.`)
  process.exitCode = 1
}
