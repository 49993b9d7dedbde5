import type { EventEmitter } from 'node:events'
import {
  createNetwork,
  type Hyperswarm,
  type KeyPair,
  type Link,
  type Links,
  type MemoryNetworker,
  type MemorySwarm,
  type Networker,
  type ProtocolStream,
  type SecretStream
} from '@peersockets/testing'
import { hyperswarm } from '@peersockets/transport-hyperswarm'
import type { NetworkerLike, Transport } from 'peersockets'

/** What a `Peersockets` is made of. */
export type AnyNetwork = NetworkerLike | Transport
export type Stream = ProtocolStream | SecretStream

/** A peer of whatever network. */
export interface Member {
  /** What a `Peersockets` is made of; each time another one, as far as it is for one only. */
  network(): AnyNetwork
  readonly key: Buffer
  /** The networker, or the swarm. */
  readonly emitter: Pick<EventEmitter, 'eventNames' | 'listenerCount'>
  /** Tells of every stream whose handshake is over, after those who have asked before. Gives what ends that. */
  onstream(listener: (stream: Stream) => void): () => void
}

/** Connected members, with what every network has. A member is named by its place. */
export interface Members extends Omit<Links<Stream>, 'throttle'> {
  readonly members: readonly Member[]
}

export interface MemoryMembers extends Members {
  /** Connects two members, also when they are connected already. */
  connect(dialler: number, answerer: number): Promise<Link<Stream>>
}

export interface MembersOptions {
  /** How many. Default 2. */
  readonly peers?: number
  /** Whether to start with every member connected to every other. Default true. */
  readonly connected?: boolean
}

/** The networks that topics run on, with real sockets. */
export const STACKS = ['networker', 'hyperswarm'] as const
export type StackName = (typeof STACKS)[number]

/** The same streams without sockets. */
export const MEMORY_STACKS = ['memory', 'hyperswarm-memory'] as const
export type MemoryStackName = (typeof MEMORY_STACKS)[number]

export async function createMembers(stack: StackName, options: MembersOptions = {}): Promise<Members> {
  if (stack === 'networker') {
    const network = await createNetwork({ stack, ...options })
    return { ...network, members: network.networkers.map(networkerMember) }
  }
  const network = await createNetwork({ stack, ...options })
  return { ...network, members: network.swarms.map(swarmMember) }
}

export async function createMemoryMembers(
  stack: MemoryStackName,
  options: MembersOptions = {}
): Promise<MemoryMembers> {
  if (stack === 'memory') {
    const network = await createNetwork({ stack, ...options })
    return { ...network, members: network.networkers.map(networkerMember) }
  }
  const network = await createNetwork({ stack, ...options })
  return { ...network, members: network.swarms.map(swarmMember) }
}

export function networkerMember(networker: Networker | MemoryNetworker): Member {
  return member(networker, 'handshake', networker.keyPair, () => networker)
}

export function swarmMember(swarm: Hyperswarm | MemorySwarm): Member {
  return member(swarm, 'connection', swarm.keyPair, () => hyperswarm(swarm))
}

/** `event` comes with every stream whose handshake is over. */
function member(
  emitter: EventEmitter,
  event: string,
  { publicKey }: KeyPair,
  network: () => AnyNetwork
): Member {
  return {
    network,
    key: publicKey,
    emitter,
    onstream(listener) {
      emitter.on(event, listener)
      return () => emitter.off(event, listener)
    }
  }
}
