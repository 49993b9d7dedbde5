import { promisify } from 'node:util'
import ram from 'random-access-memory'
import { corestoreClass, networkerClass } from '../stack/installed.js'
import type { Networker } from '../stack/networker.js'
import type { KeyPair } from '../stack/protocol-stream.js'
import { createSwarm, type LoopbackSwarmOptions } from './swarm.js'

/** Those of the swarm below a networker, and its identity. */
export interface LoopbackNetworkerOptions extends LoopbackSwarmOptions {
  /** The identity in handshakes. Default: a new one. */
  keyPair?: KeyPair
}

/** A real networker over a corestore in memory, listening on loopback. Its `close` leaves nothing open. */
export async function createNetworker(options: LoopbackNetworkerOptions): Promise<Networker> {
  const { keyPair, ...swarmOptions } = options
  const [Networker, Corestore] = [networkerClass(), corestoreClass()]
  const corestore = new Corestore(ram)
  await corestore.ready()
  const swarm = createSwarm(swarmOptions)
  const networker = new Networker(corestore, { swarm, ...(keyPair && { keyPair }) })
  await networker.listen()
  await promisify(swarm.listen).call(swarm, 0)
  return networker
}
