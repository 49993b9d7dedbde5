import type { Address } from '../stack/address.js'
import type { Hyperswarm, HyperswarmOptions, Testnet } from '../stack/hyperswarm-4.js'
import { createDhtNodes, hyperDhtClass, hyperswarm4Class } from '../stack/installed.js'

/** hyperdht finds nobody with fewer than two: one keeps a record, another is asked for it. */
const TESTNET_NODES = 3

/** The DHT nodes, on 127.0.0.1, that the peers of a Hyperswarm 4 find each other by. They know no others. */
export async function createTestnet(): Promise<Testnet> {
  return createDhtNodes()(TESTNET_NODES)
}

/** Those of a Hyperswarm 4, with a DHT on this machine. */
export interface LoopbackHyperswarmOptions extends Omit<HyperswarmOptions, 'dht'> {
  /** DHT nodes on this machine. */
  bootstrap: readonly Address[]
}

/** A real Hyperswarm 4 whose packets stay on this machine. */
export function createHyperswarm({ bootstrap, ...options }: LoopbackHyperswarmOptions): Hyperswarm {
  const foreign = bootstrap.find(({ host }) => !host.startsWith('127.'))
  if (foreign !== undefined || bootstrap.length === 0) {
    throw new RangeError(`A bootstrap node of a loopback network is on 127.0.0.0/8, not on ${foreign?.host}.`)
  }
  const [HyperDht, HyperswarmClass] = [hyperDhtClass(), hyperswarm4Class()]
  // Bound to an address of loopback, it knows of no other to tell, and the system carries nothing from there elsewhere.
  const dht = new HyperDht({ bootstrap, host: '127.0.0.1', firewalled: false })
  const swarm = new HyperswarmClass({ ...options, dht })
  // A connection that breaks is closed as well; without a listener, its error would end the process.
  swarm.on('connection', connection => connection.on('error', () => {}))
  return swarm
}
