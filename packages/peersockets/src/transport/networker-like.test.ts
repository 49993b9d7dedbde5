import { EventEmitter } from 'node:events'
import { createServer } from 'node:net'
import { createNetwork } from '@peersockets/testing'
import HypercoreProtocol from 'hypercore-protocol'
import { describe, expect, onTestFinished, test } from 'vitest'
import { NetworkerTransport } from './networker.js'
import { isNetworker, refuseNetwork } from './networker-like.js'

/** An emitter with these members. */
function emitter(members: object = {}): EventEmitter {
  return Object.defineProperties(new EventEmitter(), Object.getOwnPropertyDescriptors(members))
}

const unreadable = {
  get streams(): never {
    throw new TypeError('not like this')
  }
}

/** A Hypercore of any version, a Corestore and a Hyperdrive: some list peers that they replicate with. */
const replicated = emitter({ peers: [], replicate: () => undefined })

function refusal(value: unknown): string {
  try {
    new NetworkerTransport(value)
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT' })
    return String(Object(error).message)
  }
  throw new Error('It was taken.')
}

describe('a network', () => {
  test('is a networker, and an emitter that lists its peers or streams', async () => {
    for (const stack of ['memory', 'networker'] as const) {
      const network = await createNetwork({ stack })
      onTestFinished(() => network.close())
      expect(network.networkers.map(isNetworker)).toEqual([true, true])
    }
    for (const members of [
      { streams: new Set() },
      { streams: [] },
      { peers: new Set() },
      { streams: [], peers: new Map() }
    ])
      expect(isNetworker(emitter(members))).toBe(true)
  })

  test('is no Hyperswarm: the message is the line to write', async () => {
    const network = await createNetwork({ stack: 'hyperswarm-memory' })
    onTestFinished(() => network.close())
    const swarms = [...network.swarms, emitter({ connections: new Set(), peers: new Map() })]
    for (const swarm of swarms) {
      expect(refusal(swarm)).toContain("import { hyperswarm } from '@peersockets/transport-hyperswarm'")
      expect(refusal(swarm)).toContain('new Peersockets(hyperswarm(swarm))')
    }
    const old = emitter({ connections: new Set(), peers: 0, clientSockets: 0 })
    expect(refusal(old)).toContain('the @corestore/networker that uses it')
  })

  test.each<[string, unknown]>([
    ['an emitter of anything', emitter()],
    ['a hypercore, or what else is replicated', replicated],
    ['a server', createServer()],
    ['a DHT node', emitter({ nodes: [], connect: () => undefined })],
    ['a protocol stream', new HypercoreProtocol(true, { timeout: false })],
    ['a Protomux', { isProtomux: true, createChannel: () => undefined }],
    ['process', process],
    ['a Map', new Map()],
    ['a list of streams', [new HypercoreProtocol(true, { timeout: false })]],
    ['an emitter with a Map of streams', emitter({ streams: new Map() })],
    ['an emitter with a Map of peers', emitter({ peers: new Map() })],
    ['an emitter with a name of streams', emitter({ streams: 'abc' })],
    ['an emitter with a number of peers', emitter({ peers: 3 })],
    ['an emitter with a getter that throws', emitter(unreadable)],
    ['what has streams and does not emit', { streams: [] }],
    ['what cannot be listened to any less', { streams: [], on: () => undefined }],
    ['nothing', undefined],
    ['null', null],
    ['a number', 3],
    ['a string', 'swarm'],
    ['a symbol', Symbol('swarm')],
    ['an object', {}],
    ['an object without a prototype', Object.create(null)],
    ['a proxy that throws', new Proxy({}, { get: () => Reflect.get(unreadable, 'streams') })]
  ])('is not %s: the message says what is', (_what, value) => {
    expect(isNetworker(value)).toBe(false)
    expect(refusal(value)).toContain('a @corestore/networker')
    expect(refusal(value)).toContain('hyperswarm(swarm)')
  })

  test('is neither a class nor a promise: the message says what to do first', () => {
    expect(refusal(EventEmitter)).toContain('Make an instance')
    expect(refusal(class Networker extends EventEmitter {})).toContain('Make an instance')
    expect(refusal(Promise.resolve(emitter({ streams: [] })))).toContain('Await it')
  })

  test('is named in the message by its class, whatever that says', () => {
    class Corestore {}
    expect(refusal(new Corestore())).toContain('an object of class Corestore')
    expect(() => refuseNetwork({ constructor: { name: Symbol('name') } })).toThrow('Symbol(name)')
  })
})
