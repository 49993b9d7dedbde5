import type { Attack } from './attack.js'
import { createHyperswarmNetwork, type HyperswarmNetwork } from './hyperswarm/hyperswarm-network.js'
import {
  createMemoryNetwork,
  createMemorySwarmNetwork,
  type MemoryNetwork,
  type MemorySwarmNetwork
} from './memory/memory-network.js'
import { createNetworkerNetwork, type NetworkerNetwork } from './networker/networker-network.js'
import type { ProtocolStream } from './stack/protocol-stream.js'

/** What connects the peers of a network. A peer is named by its place. */
export interface Links<Stream> {
  /** Resolves once every pair that is not cut is connected. */
  allConnected(): Promise<void>
  /** The stream that `one` has to `other`, and the one that `other` has to `one`. Throws when there is none. */
  streams(one: number, other: number): readonly [Stream, Stream]
  /** Breaks the connections of two peers and keeps them apart. Resolves once both have seen it. */
  cut(one: number, other: number): Promise<void>
  /** Lets two peers connect again, and resolves once they have. */
  heal(one: number, other: number): Promise<void>
  /** Nothing passes between two peers any more, either way; what they send piles up. They stay connected. */
  stall(one: number, other: number): void
  /** What has piled up passes. */
  resume(one: number, other: number): void
  /** What `from` sends to `to` passes at so many bytes a second; what is more piles up. `Infinity` is as fast as it goes. */
  throttle(from: number, to: number, bytesPerSecond: number): void
  /** Lets every chunk on every connection pass through `attack` instead of through the one before; none ends it. */
  attack(attack?: Attack): void
  /** Disconnects everybody and leaves nothing open. */
  close(): Promise<void>
}

/** Connected peers. A peer is named by its place in `networkers`. */
export interface Network<Networker> extends Links<ProtocolStream> {
  readonly networkers: readonly Networker[]
}

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
