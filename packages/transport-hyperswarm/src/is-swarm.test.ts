import { EventEmitter } from 'node:events'
import { createNetwork } from '@peersockets/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { hyperswarm } from './index.js'
import { isSwarm } from './is-swarm.js'

function emitter(members: object = {}): EventEmitter {
  return Object.assign(new EventEmitter(), members)
}

function refusal(value: unknown, ...more: unknown[]): string {
  const untyped: (...given: unknown[]) => unknown = Object(hyperswarm)
  try {
    untyped(value, ...more)
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT' })
    return String(Object(error).message)
  }
  throw new Error('It was taken.')
}

describe('a swarm', () => {
  test('is a Hyperswarm, and an emitter that lists its connections', async () => {
    for (const stack of ['hyperswarm', 'hyperswarm-memory'] as const) {
      const network = await createNetwork({ stack })
      onTestFinished(() => network.close())
      expect(network.swarms.map(isSwarm)).toEqual([true, true])
    }
    expect(isSwarm(emitter({ connections: [] }))).toBe(true)
  })

  test('is no networker: the message is the line to write', async () => {
    for (const stack of ['networker', 'memory'] as const) {
      const network = await createNetwork({ stack })
      onTestFinished(() => network.close())
      expect(refusal(network.networkers[0])).toContain('new Peersockets(networker)')
    }
    const old = emitter({ connections: new Set(), clientSockets: 0, peers: 0 })
    expect(refusal(old)).toContain('the @corestore/networker that uses it')
  })

  test('is no transport: the message is the line to write', async () => {
    const transport = hyperswarm(emitter({ connections: [] }) as EventEmitter & { connections: [] })
    expect(refusal(transport)).toContain('new Peersockets(transport)')
  })

  test.each<[string, unknown]>([
    ['an emitter of anything', emitter()],
    ['a DHT node', emitter({ nodes: [], connect: () => undefined })],
    ['an emitter with a Map of connections', emitter({ connections: new Map() })],
    ['an emitter with a number of connections', emitter({ connections: 3 })],
    ['what has connections and does not emit', { connections: [] }],
    ['options', { keyPair: {}, maxPeers: 3 }],
    ['process', process],
    ['a Map', new Map()],
    ['nothing', undefined],
    ['null', null],
    ['a number', 3],
    ['a string', 'swarm'],
    ['a symbol', Symbol('swarm')],
    ['a class', EventEmitter],
    ['a promise', Promise.resolve(emitter({ connections: [] }))],
    ['an object without a prototype', Object.create(null)],
    ['a proxy that throws', new Proxy({}, { get: () => Reflect.apply(Object(undefined), undefined, []) })]
  ])('is not %s: the message says what is', (_what, value) => {
    expect(isSwarm(value)).toBe(false)
    expect(refusal(value)).toContain('It takes a Hyperswarm 4 instance')
  })

  test('has no options: those of Peersockets are given to Peersockets', () => {
    expect(refusal(emitter({ connections: [] }), { maxQueuedBytes: 1 })).toContain('has no options')
    expect(refusal(emitter({ connections: [] }), undefined, 1)).toContain('has no options')
    const untyped: (...given: unknown[]) => unknown = Object(hyperswarm)
    expect(untyped(emitter({ connections: [] }), undefined)).toBeDefined()
  })

  test('may list what is no secret stream after its handshake: that is passed over, then and later', async () => {
    const network = await createNetwork({ stack: 'hyperswarm-memory' })
    onTestFinished(() => network.close())
    const [near] = network.streams(0, 1)
    const early: object = Object(near).constructor.keyPair()
    const strangers = [undefined, null, 1, 'stream', {}, new EventEmitter(), early, Promise.resolve(near)]
    const swarm = emitter({ connections: [...strangers, near] })
    const up: unknown[] = []
    const start: (...given: unknown[]) => {
      start(events: object): void
      connectionOf(peer: unknown): unknown
    } = Object(hyperswarm)
    const transport = start(swarm)
    transport.start({ onconnection: (connection: unknown) => up.push(connection), onclose: () => undefined })
    for (const stranger of strangers) {
      swarm.emit('connection', stranger, {})
      expect(transport.connectionOf(stranger)).toBeUndefined()
      expect(transport.connectionOf({ connection: stranger })).toBeUndefined()
    }
    expect(up).toEqual([expect.objectContaining({ identity: near })])
    expect(up).toEqual([
      expect.objectContaining({ peer: expect.objectContaining({ network: 'hyperswarm' }) })
    ])
  })
})
