import { createHyperswarm, createNetworker } from '@peersockets/testing'
import { hyperswarm } from '@peersockets/transport-hyperswarm'
import { combine, Peersockets } from 'peersockets'
import { bridge } from './bridge.js'
import { notes } from './note.js'
import { readOptions, UsageError } from './options.js'

try {
  const options = readOptions(process.argv.slice(2), process.env)
  const networker = await createNetworker({
    bootstrap: `${options.networker.host}:${options.networker.port}`
  })
  const swarm = createHyperswarm({ bootstrap: [options.hyperswarm] })
  const sockets = new Peersockets(combine(networker, hyperswarm(swarm)))
  sockets.on('reject', ({ code }) => console.log(`Dropped: ${code}`))

  const topic = notes(options.key)
  bridge(topic, sockets)

  await networker.configure(topic.discoveryKey())
  await swarm.join(topic.discoveryKey()).flushed()
  console.log('Bridging.')
  process.once('SIGTERM', async () => {
    await sockets.stop()
    await Promise.all([networker.close(), swarm.destroy()])
  })
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
