import { createNetwork, type SecretStream, type TransportPair, testTransport } from '@peersockets/testing'
import { describe, test } from 'vitest'
import { hyperswarm, type SwarmLike } from './index.js'

/** What listens to it is counted. */
interface Emitter {
  eventNames(): (string | symbol)[]
  listenerCount(event: string | symbol): number
}

type Swarm = SwarmLike<SecretStream> & Emitter

/** What the two networks of swarms have in common. */
interface Swarms {
  readonly swarms: readonly Swarm[]
  cut(one: number, other: number): Promise<void>
  heal(one: number, other: number): Promise<void>
  stall(one: number, other: number): void
  resume(one: number, other: number): void
  close(): Promise<void>
}

/** `listen` calls back with each `error` event on a connection of a swarm. */
function pairOf<S extends Swarm>(
  network: Swarms & { readonly swarms: readonly S[] },
  listen: (swarm: S, onerror: () => void) => void
): TransportPair {
  const end = (place: number) => {
    const swarm = network.swarms[place]
    if (swarm === undefined) throw new Error('There are two swarms.')
    const listeners = (emitter: Emitter) =>
      emitter.eventNames().reduce((sum, event) => sum + emitter.listenerCount(event), 0)
    let errors = 0
    listen(swarm, () => errors++)
    return {
      create: () => hyperswarm(swarm),
      listeners: () => [swarm, ...swarm.connections].reduce((sum, emitter) => sum + listeners(emitter), 0),
      errors: () => errors
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
  const createPair = async () =>
    pairOf(await createNetwork({ stack: 'hyperswarm-memory' }), (swarm, onerror) => {
      swarm.on('connection-error', onerror)
    })
  testTransport(createPair, { test, name: 'the Hyperswarm transport' })
})

describe('over real Hyperswarm connections on loopback', () => {
  const createPair = async () =>
    pairOf(await createNetwork({ stack: 'hyperswarm' }), (swarm, onerror) => {
      for (const stream of swarm.connections) stream.on('error', onerror)
      swarm.on('connection', stream => stream.on('error', onerror))
    })
  testTransport(createPair, { test, name: 'the Hyperswarm transport' })
})
