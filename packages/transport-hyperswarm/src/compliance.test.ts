import { createNetwork, type SecretStream, type TransportPair, testTransport } from '@peersockets/testing'
import { describe, test } from 'vitest'
import { hyperswarm, type SwarmLike } from './index.js'

/** What listens to it is counted. */
interface Emitter {
  eventNames(): (string | symbol)[]
  listenerCount(event: string | symbol): number
}

/** What the two networks of swarms have in common. */
interface Swarms {
  readonly swarms: readonly (SwarmLike<SecretStream> & Emitter)[]
  cut(one: number, other: number): Promise<void>
  heal(one: number, other: number): Promise<void>
  stall(one: number, other: number): void
  resume(one: number, other: number): void
  close(): Promise<void>
}

function pairOf(network: Swarms): TransportPair {
  const end = (place: number) => {
    const swarm = network.swarms[place]
    if (swarm === undefined) throw new Error('There are two swarms.')
    const listeners = (emitter: Emitter) =>
      emitter.eventNames().reduce((sum, event) => sum + emitter.listenerCount(event), 0)
    return {
      create: () => hyperswarm(swarm),
      listeners: () => [swarm, ...swarm.connections].reduce((sum, emitter) => sum + listeners(emitter), 0)
    }
  }
  return {
    alice: end(0),
    bob: end(1),
    disconnect: () => network.cut(0, 1),
    connect: () => network.heal(0, 1),
    stall: () => network.stall(0, 1),
    resume: () => network.resume(0, 1),
    close: () => network.close()
  }
}

describe('over secret streams in memory', () => {
  testTransport(async () => pairOf(await createNetwork({ stack: 'hyperswarm-memory' })), {
    test,
    name: 'the Hyperswarm transport'
  })
})

describe('over real Hyperswarm connections on loopback', () => {
  testTransport(async () => pairOf(await createNetwork({ stack: 'hyperswarm' })), {
    test,
    name: 'the Hyperswarm transport'
  })
})
