import { createBootstrap } from '@peersockets/testing'
import { attack, exchange, meet, refuse } from './chapters.js'
import { PeerProcess } from './peer-process.js'

async function story(): Promise<void> {
  const bootstrap = await createBootstrap()
  const one = new PeerProcess('ada', bootstrap.address)
  const other = new PeerProcess('bob', bootstrap.address)
  try {
    const [ada, bob] = await meet(one, other, bootstrap.address)
    await exchange(ada, bob)
    await refuse(ada, bob)
    await attack(ada, bob)
    await Promise.all([one.leave(), other.leave()])
  } finally {
    await Promise.all([one.kill(), other.kill()])
    await bootstrap.close()
  }
}

console.log('peersockets: two processes, real connections, and somebody on the path')
const started = performance.now()
try {
  await story()
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`\nAll of it was real, and went as it should, in ${seconds} s. Both processes have ended.`)
} catch (error) {
  console.error(`\nThe demo has failed: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
