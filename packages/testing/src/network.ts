import type { Attack } from './attack.js'
import { createMemoryNetwork, type MemoryNetwork } from './memory/memory-network.js'
import { createNetworkerNetwork, type NetworkerNetwork } from './networker/networker-network.js'
import type { ProtocolStream } from './stack/protocol-stream.js'

/** Connected peers. A peer is named by its place in `networkers`. */
export interface Network<Networker> {
  readonly networkers: readonly Networker[]
  /** Resolves once every pair that is not cut is connected. */
  allConnected(): Promise<void>
  /** The stream that `one` has to `other`, and the one that `other` has to `one`. Throws when there is none. */
  streams(one: number, other: number): readonly [ProtocolStream, ProtocolStream]
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

export interface NetworkOptions<Stack extends 'networker' | 'memory'> {
  /** How many. Default 2. */
  peers?: number
  stack: Stack
  /** Whether to start with every peer connected to every other. Default true. */
  connected?: boolean
}

/**
 * Peers that are connected to each other. On the stack `networker` they are real, with their own sockets on loopback,
 * and have found each other over a DHT; in `memory` they have real protocol streams, and nothing else.
 */
export function createNetwork(options: NetworkOptions<'networker'>): Promise<NetworkerNetwork>
export function createNetwork(options: NetworkOptions<'memory'>): Promise<MemoryNetwork>
export async function createNetwork(
  options: NetworkOptions<'networker' | 'memory'>
): Promise<NetworkerNetwork | MemoryNetwork> {
  const { peers = 2, stack, connected = true } = options
  if (!Number.isInteger(peers) || peers < 1)
    throw new RangeError(`A network has one peer or more, not ${peers}.`)
  switch (stack) {
    case 'networker':
      return createNetworkerNetwork(peers, connected)
    case 'memory':
      return createMemoryNetwork(peers, connected)
    default:
      throw new TypeError(`A network is made of the stack 'networker' or 'memory', not of '${stack}'.`)
  }
}
