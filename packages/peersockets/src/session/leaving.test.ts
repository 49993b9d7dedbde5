import { createNetwork } from '@peersockets/testing'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { Peersockets } from '../peersockets.js'
import type { Layer, Middleware } from '../plugin.js'
import { keyOf, type Party, parties, settled } from '../test-support/parties.js'
import { defineTopic } from '../topic/definition.js'
import { ProtocolConnection } from '../transport/protocol-connection.js'
import { BlockPool } from '../wire/block-pool.js'
import { PeerConnection } from './peer-connection.js'
import { LEAVE_TIMEOUT_MS } from './progress-timeout.js'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A middleware with promises that the test settles, and a note of each layer that is closed. */
class Gate implements Middleware {
  readonly name = 'gate'
  opened = 0
  closed = 0
  readonly #directions: readonly ('send' | 'receive')[]
  #waiting: (() => void)[] = []

  constructor(...directions: readonly ('send' | 'receive')[]) {
    this.#directions = directions
  }

  open(): Layer {
    this.opened++
    const pass = (direction: 'send' | 'receive') => (frame: Buffer) =>
      this.#directions.includes(direction)
        ? new Promise<Buffer>(resolve => this.#waiting.push(() => resolve(frame)))
        : frame
    return {
      send: pass('send'),
      receive: pass('receive'),
      close: () => {
        this.closed++
      }
    }
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** Lets the oldest frame pass. */
  async pass(): Promise<void> {
    this.#waiting.shift()?.()
    await settled()
  }
}

/** A new Peersockets on the networker of a party, with what is reported to it. */
function successor({ networker }: Party): { readonly sockets: Peersockets; readonly codes: string[] } {
  const codes: string[] = []
  return { sockets: new Peersockets(networker, { onreject: error => codes.push(error.code) }), codes }
}

describe.each([
  ['public', false],
  ['private', true]
])('a %s topic whose middleware holds what was sent', (_kind, isPrivate) => {
  test('is there at once for the next Peersockets, and what was held still goes out', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const gate = new Gate('send')
    const heard: string[] = []
    const theirs = bob.sockets.join(
      defineTopic({ name: 'chat', private: isPrivate, middleware: [{ ...passing, name: 'gate' }] }),
      { onmessage: message => heard.push(`bob ${message}`) }
    )
    const held = defineTopic({ name: 'chat', private: isPrivate, middleware: [gate] })
    const mine = ada.sockets.join(held)
    await settled()
    for (const text of ['held', 'behind it']) mine.send(text, keyOf(bob))
    const stopped = ada.sockets.stop()
    const next = successor(ada)
    const room = next.sockets.join(
      defineTopic({ name: 'chat', private: isPrivate, middleware: [{ ...passing, name: 'gate' }] }),
      { onmessage: message => heard.push(`ada ${message}`) }
    )
    await settled()
    expect([room.peers.size, theirs.peers.size, next.codes]).toEqual([1, 1, []])
    room.broadcast('from the next one')
    theirs.broadcast('to the next one')
    await settled()
    for (let n = 0; n < 2; n++) await gate.pass()
    await stopped
    expect(heard.sort()).toEqual(
      ['ada to the next one', 'bob behind it', 'bob from the next one', 'bob held'].sort()
    )
    expect(ada.codes()).toEqual([])
    expect([gate.opened, gate.closed]).toEqual([1, 1])
    expect(ada.networker.listenerCount('stream-closed')).toBe(1)
  })

  test('loses nothing when it is left, however long that takes, as long as it gets on', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const gate = new Gate('send')
    const heard: string[] = []
    bob.sockets.join(
      defineTopic({
        name: 'chat',
        private: isPrivate,
        batch: false,
        middleware: [{ ...passing, name: 'gate' }]
      }),
      { onmessage: message => heard.push(message.toString()) }
    )
    const room = ada.sockets.join(
      defineTopic({ name: 'chat', private: isPrivate, batch: false, middleware: [gate] })
    )
    await settled()
    const sent = ['a', 'b', 'c', 'd']
    for (const text of sent) room.send(text, keyOf(bob))
    const stopped = ada.sockets.stop({ timeout: Number.POSITIVE_INFINITY })
    for (let n = 0; n < sent.length; n++) {
      await vi.advanceTimersByTimeAsync(LEAVE_TIMEOUT_MS - 1)
      await gate.pass()
    }
    await stopped
    expect([heard, ada.codes(), gate.closed]).toEqual([sent, [], 1])
    expect(ada.networker.listenerCount('stream-closed')).toBe(0)
  })

  test.each(['leave', 'stop'] as const)(
    'after %s is given up when its promise does not settle: told, freed, and left',
    async how => {
      const {
        parties: [ada, bob]
      } = await parties(2, { highWaterMark: 1000, maxQueuedBytes: 10_000 })
      const gate = new Gate('send')
      const theirs = bob.sockets.join(
        defineTopic({ name: 'chat', private: isPrivate, middleware: [{ ...passing, name: 'gate' }] })
      )
      const room = ada.sockets.join(defineTopic({ name: 'chat', private: isPrivate, middleware: [gate] }))
      const other = ada.sockets.join('other')
      await settled()
      expect(() => {
        for (let n = 0; n < 20; n++) room.send(Buffer.alloc(1000), keyOf(bob))
      }).toThrow(expect.objectContaining({ code: 'ERR_PEER_CONGESTED' }))
      const left = how === 'stop' ? ada.sockets.stop() : ada.sockets.leave('chat')
      await vi.advanceTimersByTimeAsync(LEAVE_TIMEOUT_MS - 1)
      expect([ada.codes(), gate.closed, theirs.peers.size]).toEqual([[], 0, 1])
      await vi.advanceTimersByTimeAsync(1)
      await left
      await settled()
      expect([ada.codes(), gate.closed, theirs.peers.size]).toEqual([['ERR_CLOSED'], 1, 0])
      expect(ada.rejections[0]?.error.dropped.length).toBeGreaterThan(5)
      if (how === 'leave') expect(other.send(Buffer.alloc(10), keyOf(bob))).toBe(true)
      else expect(ada.networker.listenerCount('stream-closed')).toBe(0)
      await gate.pass()
      expect(gate.waiting).toBe(0)
    }
  )

  test('ends with its connection also after the Peersockets was stopped', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    const gate = new Gate('send')
    bob.sockets.join(
      defineTopic({ name: 'chat', private: isPrivate, middleware: [{ ...passing, name: 'gate' }] })
    )
    const room = ada.sockets.join(defineTopic({ name: 'chat', private: isPrivate, middleware: [gate] }))
    await settled()
    room.send('held', keyOf(bob))
    ada.sockets.stop()
    await settled()
    expect(gate.closed).toBe(0)
    await network.cut(0, 1)
    await settled()
    expect([gate.closed, ada.networker.listenerCount('stream-closed'), vi.getTimerCount()]).toEqual([1, 0, 0])
  })
})

const passing = {
  open: (): Layer => ({ send: frame => frame, receive: frame => frame })
}

describe('a topic with middleware', () => {
  test('can be joined by two Peersockets on one network, each with layers of its own', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const gate = new Gate()
    const topic = defineTopic({ name: 'chat', middleware: [gate] })
    bob.sockets.join(defineTopic({ name: 'chat', middleware: [{ ...passing, name: 'gate' }] }))
    const next = successor(ada)
    const rooms = [ada.sockets.join(topic), next.sockets.join(topic)]
    await settled()
    expect([gate.opened, gate.closed, rooms.map(({ peers }) => peers.size)]).toEqual([2, 0, [1, 1]])
    await ada.sockets.leave()
    expect([gate.opened, gate.closed, rooms[1]?.peers.size]).toEqual([2, 1, 1])
    await next.sockets.leave()
    expect([ada.codes(), next.codes, gate.opened, gate.closed]).toEqual([[], [], 2, 2])
  })
})

describe('a topic whose middleware is at what the peer sent', () => {
  test('delivers none of it after leaving, also when it was joined again, and then what comes next', async () => {
    const {
      parties: [ada, bob]
    } = await parties(2, { maxQueuedBytes: 10_000 })
    const gate = new Gate('receive')
    const topic = defineTopic({ name: 'chat', private: false, middleware: [gate] })
    const heard: string[] = []
    const onmessage = (message: Buffer) => heard.push(message.toString().trim())
    bob.sockets.join(topic, { onmessage })
    const room = ada.sockets.join('chat')
    await settled()
    for (const text of ['at work', 'waits']) room.send(text.padEnd(4_500), keyOf(bob))
    await settled()
    bob.sockets.leave()
    bob.sockets.join(topic, { onmessage })
    await settled()
    // There would be no room for it if what was left were still counted.
    room.send('after'.padEnd(9_000), keyOf(bob))
    await settled()
    expect([gate.waiting, bob.codes()]).toEqual([2, []])
    for (let n = 0; n < 3; n++) await gate.pass()
    expect([heard, bob.codes()]).toEqual([['after'], []])
  })
})

describe('a topic that was left, and still has something to send', () => {
  test('shows its middleware nothing that comes in', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const gate = new Gate('send', 'receive')
    ada.sockets
      .join(defineTopic({ name: 'chat', private: false, middleware: [gate] }))
      .send('held', keyOf(bob))
    ada.sockets.leave()
    bob.sockets.join('chat').send('too late', keyOf(ada))
    await settled()
    expect(gate.waiting).toBe(1)
  })
})

describe('a middleware that itself has its topic joined with another definition', () => {
  test('has what it was at sent nowhere', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const heard: string[] = []
    bob.sockets.join('chat', { onmessage: message => heard.push(message.toString()) })
    const turncoat: Middleware = {
      name: 'turncoat',
      open: () => ({
        send(frame) {
          ada.sockets.leave()
          ada.sockets.join('chat').send('of the new one', keyOf(bob))
          return frame
        },
        receive: frame => frame
      })
    }
    ada.sockets
      .join(defineTopic({ name: 'chat', private: false, middleware: [turncoat] }))
      .send('of the old one', keyOf(bob))
    await settled()
    expect(heard).toEqual(['of the new one'])
  })
})

describe('who hears that something was dropped', () => {
  test('may leave the topic: what was accepted behind it is tried, and told by itself', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties(2, {}, false)
    let tried = 0
    const pen: Middleware = {
      name: 'pen',
      open: () => ({
        send() {
          tried++
          throw new Error('no ink')
        },
        receive: frame => frame
      })
    }
    const topic = defineTopic({ name: 'chat', batch: false, middleware: [pen] })
    bob.sockets.join(topic)
    const room = ada.sockets.join(topic)
    ada.sockets.on('reject', () => ada.sockets.leave())
    ada.networker.once('handshake', () => {
      for (const text of ['a', 'b', 'c']) room.send(text, keyOf(bob))
    })
    await network.connect(0, 1)
    await settled()
    // What was accepted for sending before is tried all the same, and each message is told by itself.
    expect(tried).toBe(3)
    expect(ada.rejections.map(({ error }) => [error.code, error.dropped])).toEqual([
      ['ERR_MIDDLEWARE_FAILED', ['a']],
      ['ERR_MIDDLEWARE_FAILED', ['b']],
      ['ERR_MIDDLEWARE_FAILED', ['c']]
    ])
  })

  test('may join again at once when a message comes too early: the new time in the topic is a whole one', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties(2, {}, false)
    const heard: string[] = []
    bob.sockets.join('chat', { private: true, onmessage: message => heard.push(message.toString()) })
    const early = ada.sockets.join('chat', { private: true })
    let again: ReturnType<Peersockets['join']> | undefined
    ada.networker.once('handshake', () => {
      early.send('early', keyOf(bob))
      ada.sockets.leave('chat')
      again = ada.sockets.join('chat', { private: true })
      again.send('from the second time', keyOf(bob))
    })
    await network.connect(0, 1)
    await settled()
    expect(again?.peers.size).toBe(1)
    again?.broadcast('and on')
    await settled()
    expect([heard, ada.codes()]).toEqual([['early', 'from the second time', 'and on'], []])
  })

  test('may leave another topic while a connection comes up, and is not in it afterwards', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties(2, {}, false)
    const broken: Middleware = {
      name: 'broken',
      open() {
        throw new Error('no key')
      }
    }
    const others = ['a', 'b', 'c', 'd', 'e']
    const theirs = others.map(name => bob.sockets.join(name))
    for (const name of others) {
      ada.sockets.join(defineTopic({ name: `broken ${name}`, private: false, middleware: [broken] }))
      ada.sockets.join(name)
    }
    ada.sockets.on('reject', () => {
      for (const name of others) ada.sockets.leave(name)
    })
    await network.connect(0, 1)
    await settled()
    expect(ada.codes()).toHaveLength(others.length)
    expect(theirs.map(({ peers }) => peers.size)).toEqual([0, 0, 0, 0, 0])
  })
})

describe('drained', () => {
  test('ends when the Peersockets is stopped, though the peer reads nothing, also when its connection ends', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties(2, { highWaterMark: 1000 }, false)
    const link = await network.connect(0, 1)
    const room = ada.sockets.join('chat')
    link.stall()
    room.send(Buffer.alloc(100_000), keyOf(bob))
    const drained = room.drained(keyOf(bob))
    const stopped = ada.sockets.stop()
    await vi.advanceTimersByTimeAsync(10_000)
    await drained
    await stopped
    expect(ada.rejections.map(({ error }) => [error.code, error.message])).toEqual([
      ['ERR_CLOSED', expect.stringContaining('had not left')]
    ])
    await network.cut(0, 1)
  })

  test('wakes when what waited was refused instead of sent', async () => {
    const {
      parties: [ada, bob]
    } = await parties(2, { highWaterMark: 100 })
    const broken = { send: () => Promise.reject(new Error('no ink')), receive: (frame: Buffer) => frame }
    const pens = [
      { name: 'pen', open: () => broken },
      { name: 'pen', open: () => ({ ...broken, send: () => thrown() }) }
    ]
    for (const [n, pen] of pens.entries()) {
      const topic = defineTopic({ name: `chat ${n}`, middleware: [pen] })
      bob.sockets.join(topic)
      const room = ada.sockets.join(topic)
      await settled()
      expect(room.send(Buffer.alloc(200), keyOf(bob))).toBe(false)
      await room.drained(keyOf(bob))
    }
    await settled()
    expect(ada.codes()).toEqual(['ERR_MIDDLEWARE_FAILED', 'ERR_MIDDLEWARE_FAILED'])
  })

  test('asks the connection once, however often there is reason to look again', async () => {
    const network = await createNetwork({ stack: 'memory' })
    onTestFinished(() => network.close())
    const [stream] = network.streams(0, 1)
    const key = Buffer.alloc(32)
    const connection = new ProtocolConnection({ remotePublicKey: key }, stream, key, key)
    let asked = 0
    connection.ondrain = () => {
      asked++
    }
    const peer = new PeerConnection(
      connection,
      { peer: connection.peer, connections: [] },
      { maxMessageBytes: 1000, highWaterMark: 100, maxQueuedBytes: 1000 },
      new BlockPool(),
      { onviolation() {}, onsynced() {}, onpublicname() {} }
    )
    peer.outgoing.add(500)
    const drained = [peer.drained(), peer.drained()]
    for (let n = 0; n < 10; n++) {
      peer.outgoing.add(64)
      peer.outgoing.remove(64)
      await settled()
    }
    expect(asked).toBe(1)
    peer.outgoing.remove(500)
    await Promise.all(drained)
    peer.close()
  })
})

function thrown(): never {
  throw new Error('no ink')
}
