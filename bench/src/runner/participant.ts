import { type Answered, operationsOf } from '../contender.js'
import { scenarios } from '../scenarios/index.js'
import { type Command, isCommand, type Reply } from './messages.js'
import { startProfile } from './profile.js'

// One of the two processes in which an alternative runs. Its arguments: the scenario, the alternative, and the file for
// its CPU profile, if there is to be one.

const [, , scenarioName, alternative = '', profileFile] = process.argv
const cases = scenarios.find(({ name }) => name === scenarioName)?.cases ?? []
let finished: Promise<Answered> | undefined
let writeProfile: (() => Promise<void>) | undefined

async function obey(command: Command): Promise<Reply> {
  switch (command.kind) {
    case 'start':
      if (profileFile !== undefined) writeProfile = await startProfile(profileFile)
      return { kind: 'ready' }
    case 'answer': {
      const { contender, operations } = contenderOf(command.case)
      const answering = await contender.answer(operations)
      finished = answering.finished
      return { kind: 'listening', port: answering.port }
    }
    case 'finish':
      if (finished === undefined) throw new Error('Nothing was begun.')
      return { kind: 'answered', ...(await finished) }
    case 'drive': {
      const { contender, operations } = contenderOf(command.case)
      return { kind: 'driven', ...(await contender.drive(command.port, operations)) }
    }
  }
}

function contenderOf(name: string) {
  const found = cases.find(one => one.name === name)
  const contender = found?.alternatives[alternative]
  if (found === undefined || contender === undefined)
    throw new Error(`${alternative} is not part of ${scenarioName}, ${name}.`)
  return { contender, operations: operationsOf(found, contender) }
}

process.on('message', command => {
  if (!isCommand(command)) return
  obey(command).then(tell, (error: unknown) => tell({ kind: 'failed', reason: String(error) }))
})

/** Unless the runner has given up meanwhile. */
function tell(reply: Reply): void {
  if (process.connected) process.send?.(reply)
}

// Also when the runner was killed: no process is left behind.
process.on('disconnect', async () => {
  await writeProfile?.()
  process.exit()
})
