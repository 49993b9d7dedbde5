import { createHyperswarmNetwork, type HyperswarmNetwork } from './hyperswarm/hyperswarm-network.js'
import {
  createMemoryNetwork,
  createMemorySwarmNetwork,
  type MemoryNetwork,
  type MemorySwarmNetwork
} from './memory/memory-network.js'
import { createNetworkerNetwork, type NetworkerNetwork } from './networker/networker-network.js'

/** By stack: what its networks are. */
export interface Networks {
  networker: NetworkerNetwork
  memory: MemoryNetwork
  hyperswarm: HyperswarmNetwork
  'hyperswarm-memory': MemorySwarmNetwork
}

/** How many peers to connect, and over what. */
export interface NetworkOptions<Stack extends keyof Networks> {
  /** How many. Default 2. */
  peers?: number
  stack: Stack
  /** Whether to start with every peer connected to every other. Default true. */
  connected?: boolean
}

const STACKS: { [Stack in keyof Networks]: (peers: number, connected: boolean) => Promise<Networks[Stack]> } =
  {
    networker: createNetworkerNetwork,
    memory: createMemoryNetwork,
    hyperswarm: createHyperswarmNetwork,
    'hyperswarm-memory': createMemorySwarmNetwork
  }

/**
 * Peers that are connected to each other. On the stacks `networker` and `hyperswarm` (4) they are real, with their own
 * sockets on loopback, and have found each other over a DHT; in `memory` they have real protocol streams, in
 * `hyperswarm-memory` real secret streams, and nothing else.
 */
export async function createNetwork<Stack extends keyof Networks>(
  options: NetworkOptions<Stack>
): Promise<Networks[Stack]> {
  const { peers = 2, stack, connected = true } = options
  if (!Number.isInteger(peers) || peers < 1)
    throw new RangeError(`A network has one peer or more, not ${peers}.`)
  const create = STACKS[stack]
  if (create === undefined) {
    const known = Object.keys(STACKS).map(name => `'${name}'`)
    throw new TypeError(`A network is made of the stack ${known.join(', ')}, not of '${stack}'.`)
  }
  return create(peers, connected)
}
