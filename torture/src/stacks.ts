import type { EventEmitter } from 'node:events'
import { connect } from 'node:net'
import {
  createBootstrap,
  createNetwork,
  createNetworker,
  type Hyperswarm,
  type HyperswarmNetwork,
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
  /** Only on a network that keeps what passes late: of UDP, what is late is lost, and sent again. */
  readonly throttle?: Links<Stream>['throttle']
}

/** Members over real sockets. */
export interface SocketMembers extends Members {
  /** Somebody whom nobody knows connects to a member, and says something. What is returned hangs up. */
  knock(place: number, bytes: Buffer): Promise<() => void>
}

/** Peers that know of each other, and all dial each other when told to. */
export interface Crossing<P = Member> {
  readonly members: readonly P[]
  dial(): void
  /** Takes a member down, as its app would. */
  stop(place: number): Promise<void>
  close(): Promise<void>
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

/** Not 127.0.0.1, which networkers do not talk to. */
const STRANGER = '127.0.0.66'

/** The same streams without sockets. */
export const MEMORY_STACKS = ['memory', 'hyperswarm-memory'] as const
export type MemoryStackName = (typeof MEMORY_STACKS)[number]

export async function createMembers(stack: StackName, options: MembersOptions = {}): Promise<SocketMembers> {
  if (stack === 'networker') {
    const network = await createNetwork({ stack, ...options })
    const members = network.networkers.map(networkerMember)
    return { ...network, members, knock: (place, bytes) => knockAtSocket(network.networkers[place], bytes) }
  }
  const network = await createNetwork({ stack, ...options })
  const members = network.swarms.map(swarmMember)
  return { ...network, members, knock: (place, bytes) => knockOverDht(network, place, bytes) }
}

/** Nobody dials yet. */
export async function createCrossing(stack: StackName, peers = 2): Promise<Crossing> {
  if (stack === 'networker') {
    const crossing = await crossNetworkers(peers)
    return { ...crossing, members: crossing.members.map(networkerMember) }
  }
  const crossing = await crossSwarms(peers)
  return { ...crossing, members: crossing.members.map(swarmMember) }
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

export async function crossNetworkers(peers: number): Promise<Crossing<Networker>> {
  const bootstrap = await createBootstrap()
  const networkers: Networker[] = []
  for (let place = 0; place < peers; place++)
    networkers.push(await createNetworker({ bootstrap: bootstrap.address, mdns: true }))
  return {
    members: networkers,
    dial() {
      for (const networker of networkers)
        void networker.configure(Buffer.alloc(32, 'crossing'), { flush: false })
    },
    stop: async place => networkers[place]?.close(),
    async close() {
      await Promise.all(networkers.map(networker => networker.close()))
      await bootstrap.close()
    }
  }
}

export async function crossSwarms(peers: number): Promise<Crossing<Hyperswarm>> {
  const network = await createNetwork({ stack: 'hyperswarm', peers, connected: false })
  const { swarms } = network
  return {
    members: swarms,
    dial() {
      for (const swarm of swarms)
        for (const other of swarms) if (other !== swarm) swarm.joinPeer(other.keyPair.publicKey)
    },
    stop: async place => swarms[place]?.destroy(),
    close: () => network.close()
  }
}

export function networkerMember(networker: Networker | MemoryNetworker): Member {
  return member(networker, 'handshake', networker.keyPair, () => networker)
}

export function swarmMember(swarm: Hyperswarm | MemorySwarm): Member {
  return member(swarm, 'connection', swarm.keyPair, () => hyperswarm(swarm))
}

/** Bytes that were written to a stream, and wait for the network to take them. */
export function unsentBytes(stream: Stream): number {
  // A protocol stream is read by the socket that sends; a secret stream writes to one.
  return 'registerExtension' in stream ? stream._readableState.buffered : stream._writableState.buffered
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

async function knockAtSocket(networker: Networker | undefined, bytes: Buffer): Promise<() => void> {
  if (!networker?.swarm) throw new Error('There is nobody who listens.')
  const { address: host, port } = networker.swarm.address()
  const socket = connect({ host, port, localAddress: STRANGER })
  socket.on('error', () => {})
  await new Promise(resolve => socket.once('connect', resolve).once('close', resolve))
  if (!socket.destroyed) socket.write(bytes)
  return () => void socket.destroy()
}

/** Over a network without connections nobody gets further without a handshake. So this stranger is through with it. */
async function knockOverDht(
  { swarms }: HyperswarmNetwork,
  place: number,
  bytes: Buffer
): Promise<() => void> {
  const [target, other] = [swarms[place], swarms.find((_, at) => at !== place)]
  if (target === undefined || other === undefined) throw new Error('There is nobody who listens.')
  const stream = other.dht.connect(target.keyPair.publicKey)
  stream.on('error', () => {})
  await new Promise(resolve => stream.once('open', resolve).once('close', resolve))
  if (!stream.destroyed) stream.write(bytes)
  return () => stream.destroy()
}
