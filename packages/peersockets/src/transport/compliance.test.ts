import { createNetwork, type Network, type TransportPair, testTransport } from '@peersockets/testing'
import { describe, test } from 'vitest'
import { NetworkerTransport } from './networker.js'
import type { NetworkerLike } from './networker-like.js'
import type { ProtocolStream } from './protocol-stream.js'

/** A networker, as far as its listeners are counted. */
interface Emitter {
  eventNames(): (string | symbol)[]
  listenerCount(event: string | symbol): number
}

function pairOf(
  network: Network<NetworkerLike & Emitter & { readonly streams: ReadonlySet<ProtocolStream & Emitter> }>
): TransportPair {
  const end = (place: number) => {
    const networker = network.networkers[place]
    if (networker === undefined) throw new Error('There are two networkers.')
    const listeners = (emitter: Emitter) =>
      emitter.eventNames().reduce((sum, event) => sum + emitter.listenerCount(event), 0)
    let errors = 0
    const count = (stream: ProtocolStream) => stream.on('error', () => errors++)
    for (const stream of networker.streams) count(stream)
    networker.on('handshake', count)
    return {
      create: () => new NetworkerTransport(networker),
      listeners: () =>
        [networker, ...networker.streams].reduce((sum, emitter) => sum + listeners(emitter), 0),
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

describe('over protocol streams in memory', () => {
  testTransport(async () => pairOf(await createNetwork({ stack: 'memory' })), {
    test,
    name: 'the networker transport'
  })
})

describe('over real networkers on loopback', () => {
  testTransport(async () => pairOf(await createNetwork({ stack: 'networker' })), {
    test,
    name: 'the networker transport'
  })
})
