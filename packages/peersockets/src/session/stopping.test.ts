import { createNetwork, type MemoryNetwork } from '@peersockets/testing'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { Peersockets } from '../peersockets.js'
import type { Middleware } from '../plugin.js'
import { keyOf, parties, settled } from '../test-support/parties.js'
import { defineTopic, type Topic } from '../topic/definition.js'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const same = (frame: Buffer): Buffer => frame
const later = async (frame: Buffer): Promise<Buffer> => {
  for (let turn = 0; turn < 3; turn++) await new Promise(resolve => setImmediate(resolve))
  return frame
}

function layer(send: (frame: Buffer) => Buffer | Promise<Buffer>, scope: Middleware['scope']): Middleware {
  return { name: 'mw', ...(scope !== undefined && { scope }), open: () => ({ send, receive: same }) }
}

/** Every way on which a message may go out. */
const WAYS: readonly (readonly [string, Topic<Buffer>])[] = [
  ['in public', defineTopic({ name: 'chat', private: false })],
  [
    'in public, through a layer',
    defineTopic({ name: 'chat', private: false, middleware: [layer(same, 'frame')] })
  ],
  [
    'in public, through a layer that takes its time',
    defineTopic({ name: 'chat', private: false, middleware: [layer(later, 'frame')] })
  ],
  ['in private', defineTopic({ name: 'chat' })],
  ['in private, one a frame', defineTopic({ name: 'chat', batch: false })],
  ['in private, with a secret', defineTopic({ name: 'chat', secret: Buffer.alloc(32, 'sesame') })],
  ['in private, through a layer', defineTopic({ name: 'chat', middleware: [layer(same, 'frame')] })],
  [
    'in private, through a layer that takes its time',
    defineTopic({ name: 'chat', middleware: [layer(later, 'frame')] })
  ],
  [
    'in private, each through a layer that takes its time',
    defineTopic({ name: 'chat', middleware: [layer(later, 'message')] })
  ],
  [
    'in private, one a frame, through a layer that takes its time',
    defineTopic({ name: 'chat', batch: false, middleware: [layer(later, 'frame')] })
  ]
]

/** How a topic is left so that one can wait for it. */
const ENDS: readonly (readonly [
  string,
  (sockets: Peersockets, handle: { close(): Promise<void> }) => Promise<void>
])[] = [
  ['stop', sockets => sockets.stop()],
  ['leave', sockets => sockets.leave('chat')],
  ['leave of all', sockets => sockets.leave()],
  ['close of the last handle', (_sockets, handle) => handle.close()]
]

describe.each(WAYS)('what was sent %s', (_way, topic) => {
  test.each(ENDS)('has arrived after %s', async (_end, finish) => {
    const {
      parties: [ada, bob]
    } = await parties()
    const heard: string[] = []
    bob.sockets.join(topic, { onmessage: message => heard.push(message.toString()) })
    const room = ada.sockets.join(topic)
    await settled()
    const sent = Array.from({ length: 20 }, (_, n) => `message ${n}`)
    for (const message of sent) room.send(message, keyOf(bob))
    room.broadcast('the last one')
    await finish(ada.sockets, room)
    // Nobody waits here: what was promised is that it has arrived.
    expect(heard).toEqual([...sent, 'the last one'])
    expect([ada.codes(), bob.codes()]).toEqual([[], []])
  })

  test('before the peer has said what it is in has arrived after stop', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties(2, {}, false)
    const heard: string[] = []
    bob.sockets.join(topic, { onmessage: message => heard.push(message.toString()) })
    const room = ada.sockets.join(topic)
    let stopped: Promise<void> | undefined
    ada.networker.once('handshake', () => {
      for (const message of ['1', '2', '3']) room.send(message, keyOf(bob))
      stopped = ada.sockets.stop()
    })
    await network.connect(0, 1)
    await stopped
    expect([heard, ada.codes()]).toEqual([['1', '2', '3'], []])
  })

  test('is on its way though the peer is slow, and has arrived after stop', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties(2, {}, false)
    const link = await network.connect(0, 1)
    let heard = 0
    bob.sockets.join(topic, { onmessage: message => (heard += message.length) })
    const room = ada.sockets.join(topic)
    await settled()
    link.stall()
    for (let n = 0; n < 10; n++) room.send(Buffer.alloc(50_000, n), keyOf(bob))
    const stopped = ada.sockets.stop()
    let over = false
    void stopped.then(() => {
      over = true
    })
    await vi.advanceTimersByTimeAsync(9_000)
    await settled()
    expect([over, heard]).toEqual([false, 0])
    link.resume()
    await stopped
    expect([heard, ada.codes()]).toEqual([500_000, []])
  })

  test('and cannot go ends stop at its deadline, and is reported', async () => {
    const {
      network,
      parties: [ada, bob, carol]
    } = await parties(3)
    const heard: string[] = []
    bob.sockets.join(topic)
    carol?.sockets.join(topic, { onmessage: message => heard.push(message.toString()) })
    const room = ada.sockets.join(topic)
    await settled()
    network.stall(0, 1)
    room.broadcast('hello')
    room.send('to you', keyOf(bob))
    let over = false
    const stopped = ada.sockets.stop({ timeout: 5_000 }).then(() => {
      over = true
    })
    await settled()
    // Who can be reached is not kept waiting for who cannot.
    expect(heard).toEqual(['hello'])
    await vi.advanceTimersByTimeAsync(4_999)
    await settled()
    expect([over, ada.codes()]).toEqual([false, []])
    await vi.advanceTimersByTimeAsync(1)
    await stopped
    // Once for the peer that it concerns, and not at all for the other.
    expect(ada.rejections.map(({ error, peer }) => [error.code, peer.remotePublicKey])).toEqual([
      ['ERR_CLOSED', keyOf(bob)]
    ])
  })

  test('leaves nothing behind of a Peersockets that was stopped', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    bob.sockets.join(topic)
    const room = ada.sockets.join(topic)
    await settled()
    room.send('x', keyOf(bob))
    await ada.sockets.stop()
    await bob.sockets.stop()
    for (const { networker } of [ada, bob])
      for (const event of ['handshake', 'stream-closed', 'peer-add'])
        expect(networker.listenerCount(event)).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
    expect(network.streams(0, 1).map(({ destroyed }) => destroyed)).toEqual([false, false])
  })
})

describe('what cannot go to a peer with two connections', () => {
  test('is reported once', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    bob.sockets.join('chat')
    const room = ada.sockets.join('chat')
    await settled()
    network.stall(0, 1)
    room.send(Buffer.alloc(1_000), keyOf(bob))
    ;(await network.connect(0, 1)).stall()
    room.send(Buffer.alloc(1_000), keyOf(bob))
    const stopped = ada.sockets.stop({ timeout: 100 })
    await vi.advanceTimersByTimeAsync(100)
    await stopped
    expect(ada.rejections).toHaveLength(1)
    const bytes = Number(/^\d+/.exec(ada.rejections[0]?.error.message ?? '')?.[0])
    expect(bytes).toBeGreaterThan(2_000)
  })
})

describe('over real sockets', () => {
  test.each(WAYS)(
    'what was sent %s has arrived after stop, and the network may be closed',
    async (_way, topic) => {
      vi.useRealTimers()
      const network = await createNetwork({ stack: 'networker', peers: 3 })
      onTestFinished(() => network.close())
      const [first, second, third] = network.networkers
      if (first === undefined || second === undefined || third === undefined)
        throw new RangeError('There are three.')
      const codes: string[] = []
      const [ada, bob, carol] = [first, second, third].map(
        networker => new Peersockets(networker, { onreject: error => codes.push(error.code) })
      )
      const heard = { bob: [] as number[], carol: [] as number[] }
      bob?.join(topic, { onmessage: message => heard.bob.push(message.length) })
      carol?.join(topic, { onmessage: message => heard.carol.push(message.length) })
      const room = ada?.join(topic)
      await vi.waitFor(() => expect(room?.peers.size).toBe(2), { timeout: 20_000 })
      // More than sockets have room for.
      const sizes = [1, 200_000, 2_000_000, 1_000, 0, 3_000_000]
      for (const size of sizes) room?.broadcast(Buffer.alloc(size, 7))
      await ada?.stop()
      await network.close()
      expect(heard).toEqual({ bob: sizes, carol: sizes })
      expect(codes).toEqual([])
    }
  )
})

/** Somebody who is connected and has no peersockets. */
async function stranger(): Promise<{
  network: MemoryNetwork
  sockets: Peersockets
  codes: string[]
  dropped: unknown[]
}> {
  const network = await createNetwork({ stack: 'memory' })
  onTestFinished(() => network.close())
  const [codes, dropped]: [string[], unknown[]] = [[], []]
  const [networker] = network.networkers
  if (networker === undefined) throw new RangeError('There are two.')
  const sockets = new Peersockets(networker, {
    onreject(error) {
      codes.push(error.code)
      dropped.push(...error.dropped)
    }
  })
  return { network, sockets, codes, dropped }
}

describe('what is held for a peer that never says what it is in', () => {
  test('ends stop at the deadline, and is reported, once, in order', async () => {
    const { network, sockets, codes, dropped } = await stranger()
    const key = network.networkers[1]?.keyPair.publicKey ?? ''
    const rooms = ['a', 'b'].map(name => sockets.join(name, { private: true }))
    for (const [n, room] of rooms.entries()) for (const text of ['1', '2']) room.send(`${n} ${text}`, key)
    const stopped = sockets.stop({ timeout: 3_000 })
    await vi.advanceTimersByTimeAsync(2_999)
    expect(codes).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    await stopped
    expect(dropped).toEqual(['0 1', '0 2', '1 1', '1 2'])
    expect(new Set(codes)).toEqual(new Set(['ERR_CLOSED']))
    expect(vi.getTimerCount()).toBe(0)
  })

  test('is reported when the time for that is over, and stop ends with it', async () => {
    const { network, sockets, codes, dropped } = await stranger()
    const room = sockets.join('a', { private: true })
    room.send('early', network.networkers[1]?.keyPair.publicKey ?? '')
    const stopped = sockets.stop({ timeout: 60_000 })
    await vi.advanceTimersByTimeAsync(10_000)
    await stopped
    expect([codes, dropped]).toEqual([['ERR_PEER_NOT_IN_TOPIC'], ['early']])
    expect(vi.getTimerCount()).toBe(0)
  })

  test('does not keep stop when it is nothing', async () => {
    const { sockets, codes } = await stranger()
    sockets.join('a', { private: true })
    sockets.join('b')
    await sockets.stop()
    expect([codes, vi.getTimerCount()]).toEqual([[], 0])
  })
})

describe('stop', () => {
  test('may be called again, and is over when it is', async () => {
    const { network, sockets, codes } = await stranger()
    const room = sockets.join('a', { private: true })
    room.send('early', network.networkers[1]?.keyPair.publicKey ?? '')
    const order: string[] = []
    const all = ['first', 'second'].map(name => sockets.stop().then(() => order.push(name)))
    await settled()
    expect(order).toEqual([])
    await vi.advanceTimersByTimeAsync(10_000)
    await Promise.all(all)
    await sockets.stop()
    expect([order, codes]).toEqual([['first', 'second'], ['ERR_PEER_NOT_IN_TOPIC']])
  })

  test('closes handles, refuses joins and lets nobody in at once, and leave beside it does no harm', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    const heard: string[] = []
    bob.sockets.join('chat', { onmessage: message => heard.push(message.toString()) })
    const onclose = vi.fn()
    const room = ada.sockets.join('chat', { onclose })
    await settled()
    room.send('x', keyOf(bob))
    network.stall(0, 1)
    const stopped = ada.sockets.stop()
    expect(onclose).toHaveBeenCalledOnce()
    expect(() => room.send('y', keyOf(bob))).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }))
    expect(() => ada.sockets.join('chat')).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }))
    const others = [
      ada.sockets.leave(),
      ada.sockets.leave('chat'),
      ada.sockets.leave('other'),
      room.close(),
      ada.sockets.stop({ timeout: 1 })
    ]
    await network.connect(0, 1)
    await settled()
    expect(ada.sockets.stats.topics.size).toBe(0)
    network.resume(0, 1)
    await Promise.all([stopped, ...others])
    expect([heard, ada.codes(), onclose.mock.calls.length]).toEqual([['x'], [], 1])
  })

  test('waits for what was left before it', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    let release: (() => void) | undefined
    const gate = layer(frame => new Promise(resolve => (release = () => resolve(frame))), 'frame')
    const topic = defineTopic({ name: 'chat', middleware: [gate] })
    const heard: string[] = []
    bob.sockets.join(defineTopic({ name: 'chat', middleware: [layer(same, 'frame')] }), {
      onmessage: message => heard.push(message.toString())
    })
    const room = ada.sockets.join(topic)
    await settled()
    room.send('held', keyOf(bob))
    void room.close()
    let over = false
    const stopped = ada.sockets.stop().then(() => {
      over = true
    })
    await settled()
    expect([over, heard]).toEqual([false, []])
    release?.()
    await stopped
    expect(heard).toEqual(['held'])
  })

  test('ends when the connection does', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    bob.sockets.join('chat')
    const room = ada.sockets.join('chat')
    await settled()
    network.stall(0, 1)
    room.send(Buffer.alloc(100_000), keyOf(bob))
    const stopped = ada.sockets.stop()
    await settled()
    await network.cut(0, 1)
    await stopped
    expect(vi.getTimerCount()).toBe(0)
  })

  test('is what `await using` waits for', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const heard: string[] = []
    const onclose = vi.fn()
    bob.sockets.join('chat', { private: true, onmessage: message => heard.push(message.toString()) })
    {
      await using sockets = new Peersockets(ada.networker)
      await using room = sockets.join('chat', { private: true, onclose })
      await settled()
      room.send('x', keyOf(bob))
    }
    expect([heard, onclose.mock.calls.length]).toEqual([['x'], 1])
    {
      await using room = ada.sockets.join('chat', { private: true })
      await settled()
      room.send('y', keyOf(bob))
    }
    expect(heard).toEqual(['x', 'y'])
    expect(ada.sockets.stats.topics.size).toBe(0)
  })

  test('never rejects, whatever fails on the way', async () => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => {})
    const {
      parties: [ada, bob]
    } = await parties()
    const fail = () => {
      throw new Error('my bug')
    }
    const broken: Middleware = {
      name: 'broken',
      open: () => ({ send: async () => fail(), receive: same, close: fail })
    }
    const topic = defineTopic({ name: 'chat', middleware: [broken] })
    bob.sockets.join(topic)
    const room = ada.sockets.join(topic, { onclose: fail, onreject: fail })
    ada.sockets.on('reject', fail)
    await settled()
    room.send('x', keyOf(bob))
    await ada.sockets.stop()
    await settled()
    expect(ada.sockets.stats.rejected).toMatchObject({ ERR_MIDDLEWARE_FAILED: 2 })
    expect(print).toHaveBeenCalled()
  })

  test.each([
    [{ timeout: 0 }, 0],
    [{ timeout: 250 }, 250],
    [{}, 10_000],
    [undefined, 10_000]
  ])('with %j waits so long', async (options, milliseconds) => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    bob.sockets.join('chat')
    const room = ada.sockets.join('chat')
    await settled()
    network.stall(0, 1)
    room.send(Buffer.alloc(100_000), keyOf(bob))
    let over = false
    const stopped = ada.sockets.stop(options).then(() => {
      over = true
    })
    await settled()
    await vi.advanceTimersByTimeAsync(Math.max(milliseconds - 1, 0))
    await settled()
    expect(over).toBe(milliseconds === 0)
    await vi.advanceTimersByTimeAsync(1)
    await stopped
    expect(ada.codes()).toEqual(['ERR_CLOSED'])
  })

  test.each([[Number.POSITIVE_INFINITY], [2 ** 31], [Number.MAX_SAFE_INTEGER]])(
    'with a timeout of %d waits for longer than a timer can',
    async timeout => {
      const {
        network,
        parties: [ada, bob]
      } = await parties()
      const heard: number[] = []
      bob.sockets.join('chat', { onmessage: message => heard.push(message.length) })
      const room = ada.sockets.join('chat')
      await settled()
      network.stall(0, 1)
      room.send(Buffer.alloc(100_000), keyOf(bob))
      const stopped = ada.sockets.stop({ timeout })
      await vi.advanceTimersByTimeAsync(86_400_000)
      expect(ada.codes()).toEqual([])
      network.resume(0, 1)
      await stopped
      expect([heard, ada.codes()]).toEqual([[100_000], []])
    }
  )
})

describe('closing a handle', () => {
  test('beside others waits until what it has sent has arrived', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    const heard: string[] = []
    bob.sockets.join('chat', { private: true, onmessage: message => heard.push(message.toString()) })
    const [one] = [ada.sockets.join('chat', { private: true }), ada.sockets.join('chat', { private: true })]
    await settled()
    one.send('x', keyOf(bob))
    await one.close()
    expect(heard).toEqual(['x'])
    expect(ada.sockets.stats.topics.has('chat')).toBe(true)
    expect(network.streams(0, 1)[0].destroyed).toBe(false)
  })

  test('again is over when the first time is', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const heard: string[] = []
    bob.sockets.join('chat', { private: true, onmessage: message => heard.push(message.toString()) })
    const room = ada.sockets.join('chat', { private: true })
    await settled()
    room.send('x', keyOf(bob))
    void room.close()
    await room.close()
    expect(heard).toEqual(['x'])
  })
})
