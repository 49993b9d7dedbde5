import { createHyperswarm, createNetworker } from '@peersockets/testing'
import { hyperswarm } from '@peersockets/transport-hyperswarm'
import { Peersockets } from 'peersockets'
import { bridge } from './bridge.js'
import { meetingPlace } from './meeting-place.js'
import { notes } from './note.js'
import { readOptions, UsageError } from './options.js'

try {
  const options = readOptions(process.argv.slice(2), process.env)
  const networker = await createNetworker({
    bootstrap: `${options.networker.host}:${options.networker.port}`
  })
  const swarm = createHyperswarm({ bootstrap: [options.hyperswarm] })
  const sides = [new Peersockets(networker), new Peersockets(hyperswarm(swarm))] as const
  for (const side of sides) side.on('reject', ({ code }) => console.log(`Dropped: ${code}`))

  bridge(notes(options.key), ...sides)

  await networker.configure(meetingPlace)
  await swarm.join(meetingPlace).flushed()
  console.log('Bridging.')
  process.once('SIGTERM', async () => {
    await Promise.all([networker.close(), swarm.destroy()])
  })
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
