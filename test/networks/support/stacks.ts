import { createNetwork, type Hyperswarm, type Links, type Networker } from '@peersockets/testing'
import type { Peer } from 'peersockets'
import { onTestFinished } from 'vitest'
import { type Overheard, overhear } from '../../../packages/peersockets/src/test-support/overheard.js'
import {
  type Member as AnyMember,
  type Crossing,
  crossNetworkers,
  crossSwarms,
  networkerMember,
  swarmMember
} from '../../../torture/src/stacks.js'
import { overhearSecretStream } from './overheard-secret-stream.js'

/** A peer of whatever network, and what can be heard there. */
export interface Member extends AnyMember {
  /** Tells of every connection as the network itself does, with something that `send` takes. */
  onconnected(listener: (peer: Peer) => void): void
  /** Listens in on every connection, behind its encryption. */
  onoverheard(listener: (overheard: Overheard, remotePublicKey: Buffer) => void): void
}

/** Connected members, with what every network has. */
export interface Members extends Omit<Links<never>, 'streams' | 'throttle'> {
  readonly members: readonly Member[]
}

/** A network that topics run on, for tests that hold on each of them. Real sockets on loopback; gone when the test is over. */
export interface Stack {
  readonly name: string
  /** Whether the network itself notices a byte that was changed on the path. */
  readonly authenticated: boolean
  open(options?: { peers?: number; connected?: boolean }): Promise<Members>
  /** Members that know of each other and all dial each other at once, when told to. */
  openCrossing(peers: number): Promise<Crossing<Member>>
  /** What is encrypted of a chunk that passes on the path. */
  encryptedPart(chunk: Buffer): Buffer
}

const networkers: Stack = {
  name: 'real networkers',
  authenticated: false,
  async open({ peers = 2, connected = true } = {}) {
    const network = await createNetwork({ stack: 'networker', peers, connected })
    onTestFinished(() => network.close())
    return { ...network, members: network.networkers.map(audibleNetworker) }
  },
  async openCrossing(peers) {
    const crossing = await crossNetworkers(peers)
    onTestFinished(() => crossing.close())
    return { ...crossing, members: crossing.members.map(audibleNetworker) }
  },
  encryptedPart: chunk => chunk
}

const hyperswarms: Stack = {
  name: 'real Hyperswarm 4 instances',
  authenticated: true,
  async open({ peers = 2, connected = true } = {}) {
    const network = await createNetwork({ stack: 'hyperswarm', peers, connected })
    onTestFinished(() => network.close())
    return { ...network, members: network.swarms.map(audibleSwarm) }
  },
  async openCrossing(peers) {
    const crossing = await crossSwarms(peers)
    onTestFinished(() => crossing.close())
    return { ...crossing, members: crossing.members.map(audibleSwarm) }
  },
  // UDX puts 20 bytes before it, and as many more as the fourth of them says.
  encryptedPart: chunk => chunk.subarray(20 + (chunk[3] ?? 0))
}

export const STACKS: readonly Stack[] = [networkers, hyperswarms]

function audibleNetworker(networker: Networker): Member {
  return {
    ...networkerMember(networker),
    onconnected: listener => networker.on('peer-add', listener),
    onoverheard(listener) {
      networker.on('handshake', stream => listener(overhear(stream), stream.remotePublicKey))
    }
  }
}

function audibleSwarm(swarm: Hyperswarm): Member {
  return {
    ...swarmMember(swarm),
    onconnected(listener) {
      swarm.on('connection', connection => {
        const { remotePublicKey } = connection
        if (remotePublicKey !== null) listener(Object.assign(connection, { remotePublicKey }))
      })
    },
    onoverheard(listener) {
      swarm.on('connection', connection => {
        if (connection.remotePublicKey === null) return
        listener(overhearSecretStream(connection), connection.remotePublicKey)
      })
    }
  }
}
