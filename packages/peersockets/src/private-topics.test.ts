import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { Peersockets } from './peersockets.js'
import type { Middleware } from './plugin.js'
import { plainJson } from './test-support/codecs.js'
import { keyOf, type Party, parties, settled } from './test-support/parties.js'
import { defineTopic, type Topic } from './topic/definition.js'

const chat = defineTopic({ name: 'chat', codec: plainJson })

function hear<T>(party: Party, topic: Topic<T>): T[] {
  const heard: T[] = []
  party.sockets.join(topic, { onmessage: message => heard.push(message) })
  return heard
}

/** A middleware that only counts how often it runs. */
function counter(name = 'counter'): Middleware & { readonly runs: { send: number; receive: number } } {
  const runs = { send: 0, receive: 0 }
  return {
    name,
    runs,
    open: () => ({
      send(frame) {
        runs.send++
        return frame
      },
      receive(frame) {
        runs.receive++
        return frame
      }
    })
  }
}

describe('a private topic', () => {
  test('carries messages between peers that are in it, both ways', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const [atAda, atBob] = [hear(ada, chat), hear(bob, chat)]
    const [fromAda, fromBob] = [ada.sockets.join(chat), bob.sockets.join(chat)]
    await settled()
    expect([fromAda.peers.size, fromBob.peers.size]).toEqual([1, 1])
    fromAda.send('to bob', keyOf(bob))
    fromBob.send('to ada', keyOf(ada))
    await settled()
    expect([atAda, atBob]).toEqual([['to ada'], ['to bob']])
    expect([...ada.codes(), ...bob.codes()]).toEqual([])
  })

  test('may be a raw one: join(name, { private: true })', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const heard: string[] = []
    bob.sockets.join('chat', { private: true, onmessage: message => heard.push(message.toString()) })
    ada.sockets.join('chat', { private: true }).send('hello', keyOf(bob))
    await settled()
    expect(heard).toEqual(['hello'])
    expect(() => ada.sockets.join('chat')).toThrow(expect.objectContaining({ code: 'ERR_TOPIC_CONFLICT' }))
  })

  test('can be used at once when a peer connects, as in 1.0.0', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties(2, {}, false)
    const heard = hear(bob, chat)
    const room = ada.sockets.join(chat)
    ada.networker.on('handshake', () => {
      for (const n of [1, 2, 3]) room.send(n, keyOf(bob))
    })
    await network.connect(0, 1)
    room.send(4, keyOf(bob))
    await settled()
    expect(heard).toEqual([1, 2, 3, 4])
    expect(ada.codes()).toEqual([])
  })

  test('tells the caller, once the peer has said what it is in, that an early message had no taker', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties(2, {}, false)
    const room = ada.sockets.join(chat)
    ada.networker.on('handshake', () => room.send('early', keyOf(bob)))
    await network.connect(0, 1)
    await settled()
    expect(ada.codes()).toEqual(['ERR_PEER_NOT_IN_TOPIC'])
    expect(ada.rejections).toEqual([
      {
        error: expect.objectContaining({ topic: 'chat', dropped: ['early'] }),
        peer: expect.objectContaining({ remotePublicKey: keyOf(bob) })
      }
    ])
    expect(() => room.send('late', keyOf(bob))).toThrow(
      expect.objectContaining({ code: 'ERR_PEER_NOT_IN_TOPIC', topic: 'chat' })
    )
    expect(ada.codes()).toHaveLength(1)
  })

  test('waits ten seconds for a peer that never says what it is in, and keeps within its bound', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => {
      vi.useRealTimers()
    })
    const {
      network,
      parties: [ada, bob]
    } = await parties(2, { highWaterMark: 9_000, maxQueuedBytes: 10_000 }, false)
    await bob.sockets.stop()
    const room = ada.sockets.join(chat)
    await network.connect(0, 1)
    for (let n = 0; n < 9; n++) room.send('x'.repeat(1000), keyOf(bob))
    expect(() => room.send('x'.repeat(1000), keyOf(bob))).toThrow(
      expect.objectContaining({ code: 'ERR_PEER_CONGESTED' })
    )
    await settled()
    expect(ada.codes()).toEqual([])
    vi.advanceTimersByTime(10_000)
    expect(ada.codes()).toEqual(Array(9).fill('ERR_PEER_NOT_IN_TOPIC'))
  })

  test('is not the public topic of the same name', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const heard = vi.fn()
    bob.sockets.join('chat', { onmessage: heard })
    const room = ada.sockets.join('chat', { private: true })
    await settled()
    expect(() => room.send('x', keyOf(bob))).toThrow(
      expect.objectContaining({ code: 'ERR_PEER_NOT_IN_TOPIC' })
    )
    await settled()
    expect(heard).not.toHaveBeenCalled()
    expect(room.peers.size).toBe(0)
    // Whose topic is private is told, once: the other was never told the name.
    expect([...ada.codes(), ...bob.codes()]).toContain('ERR_VISIBILITY_MISMATCH')
    expect(ada.codes().length).toBeLessThan(2)
    expect(bob.codes()).toEqual(['ERR_VISIBILITY_MISMATCH'])
  })

  test('with a secret is another topic than without, and than with another secret', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const secret = (text: string) =>
      defineTopic({ name: 'chat', codec: plainJson, secret: Buffer.alloc(16, text) })
    const sizes: number[] = []
    for (const [mine, theirs] of [
      [secret('a'), secret('a')],
      [secret('a'), secret('b')],
      [secret('a'), chat]
    ] as const) {
      const room = ada.sockets.join(mine)
      bob.sockets.join(theirs)
      await settled()
      sizes.push(room.peers.size)
      ada.sockets.leave()
      bob.sockets.leave()
    }
    expect(sizes).toEqual([1, 0, 0])
  })

  test('of two Peersockets on one network has both as its members, and so on the other side', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const heard: string[] = []
    const join = (sockets: Peersockets, who: string) =>
      sockets.join(chat, { onmessage: message => heard.push(`${who} got ${message}`) })
    const [ada2, bob2] = [new Peersockets(ada.networker), new Peersockets(bob.networker)]
    const codes: string[] = []
    for (const sockets of [ada2, bob2]) sockets.on('reject', error => codes.push(error.code))
    const rooms = [
      join(ada.sockets, 'ada'),
      join(ada2, 'ada again'),
      join(bob.sockets, 'bob'),
      join(bob2, 'bob again')
    ]
    await settled()
    expect(rooms.map(({ peers }) => peers.size)).toEqual([1, 1, 1, 1])
    rooms[0]?.send('one', keyOf(bob))
    expect(rooms[3]?.broadcast('two')).toBe(1)
    await settled()
    expect(heard.sort()).toEqual(['ada again got two', 'ada got two', 'bob again got one', 'bob got one'])
    await bob.sockets.stop()
    rooms[1]?.send('three', keyOf(bob))
    await settled()
    expect(heard.at(-1)).toBe('bob again got three')
    expect([rooms[0]?.peers.size, codes, ada.codes(), bob.codes()]).toEqual([1, [], [], []])
  })

  test('is found again by the next Peersockets on a connection that stayed up', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const log: string[] = []
    const room = ada.sockets.join(chat, {
      onpeerjoin: () => log.push('join'),
      onpeerleave: () => log.push('leave')
    })
    bob.sockets.join(chat)
    await settled()
    bob.sockets.stop()
    const heard: unknown[] = []
    new Peersockets(bob.networker).join(chat, { onmessage: message => heard.push(message) })
    await settled()
    expect(log).toEqual(['join', 'leave', 'join'])
    room.send('welcome back', keyOf(bob))
    await settled()
    expect(heard).toEqual(['welcome back'])
  })
})

describe('a mismatch of pipelines', () => {
  test.each([
    ['codec', defineTopic({ name: 'chat', codec: { ...plainJson, name: 'other' } }), 'other > batch'],
    [
      'middleware',
      defineTopic({ name: 'chat', codec: plainJson, middleware: [counter('x')] }),
      'plain-json > batch > x'
    ],
    ['batching', defineTopic({ name: 'chat', codec: plainJson, batch: false }), 'plain-json']
  ])(
    'of %s is told to both sides with both pipelines, before any data',
    async (_what, theirs, descriptor) => {
      const {
        parties: [ada, bob]
      } = await parties()
      const [atAda, atBob] = [hear(ada, chat), hear(bob, theirs)]
      const room = ada.sockets.join(chat)
      await settled()
      for (const [party, mine, other] of [
        [ada, 'plain-json > batch', descriptor],
        [bob, descriptor, 'plain-json > batch']
      ] as const) {
        expect(party.codes()).toEqual(['ERR_PIPELINE_MISMATCH'])
        const { message } = party.rejections[0]?.error ?? { message: '' }
        expect(message).toContain(`our pipeline is \`${mine}\``)
        expect(message).toContain(`the peer's is ${JSON.stringify(other)}`)
      }
      expect(room.peers.size).toBe(0)
      expect(() => room.send('x', keyOf(bob))).toThrow(
        expect.objectContaining({ code: 'ERR_PIPELINE_MISMATCH', topic: 'chat' })
      )
      await settled()
      expect(ada.codes()).toEqual(['ERR_PIPELINE_MISMATCH'])
      expect([atAda, atBob]).toEqual([[], []])
      bob.sockets.leave()
      await settled()
      // What is over is not told any more.
      expect(() => room.send('x', keyOf(bob))).toThrow(
        expect.objectContaining({ code: 'ERR_PEER_NOT_IN_TOPIC' })
      )
    }
  )

  test('is mended when the peer joins again with the right one', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const room = ada.sockets.join(chat)
    bob.sockets.join(defineTopic({ name: 'chat' }))
    await settled()
    expect(room.peers.size).toBe(0)
    bob.sockets.leave()
    const heard = hear(bob, chat)
    await settled()
    room.send('now', keyOf(bob))
    await settled()
    expect(heard).toEqual(['now'])
  })
})

describe('a batch', () => {
  test('takes the messages of one tick through the middleware once, and onto the wire in one packet', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    const counting = counter()
    const topic = defineTopic({ name: 'chat', codec: plainJson, middleware: [counting] })
    const heard = hear(bob, topic)
    const otherTopic = defineTopic({ name: 'other', codec: plainJson })
    const other = hear(bob, otherTopic)
    const room = ada.sockets.join(topic)
    const second = ada.sockets.join(otherTopic)
    await settled()
    const packets = vi.spyOn(network.streams(0, 1)[0], 'push')
    const sent = Array.from({ length: 100 }, (_, n) => n)
    for (const n of sent) {
      room.send(n, keyOf(bob))
      if (n % 10 === 0) second.send(n, keyOf(bob))
    }
    expect(packets).not.toHaveBeenCalled()
    await Promise.resolve()
    await Promise.resolve()
    expect(packets).toHaveBeenCalledOnce()
    await settled()
    expect(heard).toEqual(sent)
    expect(other).toEqual(sent.filter(n => n % 10 === 0))
    expect(counting.runs).toEqual({ send: 1, receive: 1 })
  })

  test('goes at once when flushed', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    hear(bob, chat)
    const room = ada.sockets.join(chat)
    await settled()
    const packets = vi.spyOn(network.streams(0, 1)[0], 'push')
    room.send(1, keyOf(bob))
    room.flush()
    expect(packets).toHaveBeenCalledOnce()
    await settled()
    expect(packets).toHaveBeenCalledOnce()
  })

  test('goes at once when it is full, by bytes or by number, and order is kept', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const counting = counter()
    const topic = defineTopic({ name: 'chat', middleware: [counting] })
    const heard = hear(bob, topic)
    const room = ada.sockets.join(topic)
    await settled()
    const sizes = [...Array(2500).fill(0), 30_000, 30_000, 30_000, 200_000, 1]
    for (const size of sizes) room.send(Buffer.alloc(size), keyOf(bob))
    await settled()
    expect(heard.map(message => message.length)).toEqual(sizes)
    expect(counting.runs.send).toBe(6)
    expect(counting.runs.receive).toBe(6)
  })

  test('has its own copy of raw bytes', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const topic = defineTopic({ name: 'chat' })
    const heard = hear(bob, topic)
    const room = ada.sockets.join(topic)
    const bytes = Buffer.from('before')
    room.send(bytes, keyOf(bob))
    bytes.write('after!')
    await settled()
    room.send(bytes, keyOf(bob))
    bytes.write('beyond')
    await settled()
    expect(heard.map(String)).toEqual(['before', 'after!'])
  })

  test('can be turned off', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const counting = counter()
    const topic = defineTopic({ name: 'chat', codec: plainJson, middleware: [counting], batch: false })
    const heard = hear(bob, topic)
    const room = ada.sockets.join(topic)
    await settled()
    for (const n of [1, 2, 3]) room.send(n, keyOf(bob))
    await settled()
    expect(heard).toEqual([1, 2, 3])
    expect(counting.runs).toEqual({ send: 3, receive: 3 })
  })

  test('that is waiting when the topic is left still goes', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const heard = hear(bob, chat)
    const room = ada.sockets.join(chat)
    await settled()
    room.send('last words', keyOf(bob))
    room.close()
    await settled()
    expect(heard).toEqual(['last words'])
  })

  test('whose middleware fails is reported, once', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const broken: Middleware = {
      name: 'broken',
      open: () => ({
        send() {
          throw new Error('no ink')
        },
        receive: frame => frame
      })
    }
    const topic = defineTopic({ name: 'chat', codec: plainJson, middleware: [broken] })
    bob.sockets.join(topic)
    const room = ada.sockets.join(topic)
    await settled()
    for (const n of [1, 2, 3]) room.send(n, keyOf(bob))
    await settled()
    expect(ada.codes()).toEqual(['ERR_MIDDLEWARE_FAILED'])
  })

  test('that is none is ERR_MALFORMED_FRAME', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const onmessage = vi.fn()
    const garbler: Middleware = {
      name: 'x',
      open: () => ({ send: () => Buffer.from([5, 1]), receive: frame => frame })
    }
    const silent: Middleware = { name: 'x', open: () => ({ send: frame => frame, receive: frame => frame }) }
    bob.sockets.join(defineTopic({ name: 'chat', codec: plainJson, middleware: [silent] }), { onmessage })
    const room = ada.sockets.join(defineTopic({ name: 'chat', codec: plainJson, middleware: [garbler] }))
    await settled()
    room.send(1, keyOf(bob))
    await settled()
    expect(bob.codes()).toEqual(['ERR_MALFORMED_FRAME'])
    expect(onmessage).not.toHaveBeenCalled()
  })
})

describe('broadcast on a private topic', () => {
  test('goes to those in the topic, encoded once, and costs the others nothing', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties(3)
    const encode = vi.fn(plainJson.encode)
    const heard = hear(bob, chat)
    const room = ada.sockets.join(defineTopic({ name: 'chat', codec: { ...plainJson, encode } }))
    await settled()
    const [toCarol] = network.streams(0, 2)
    const before = toCarol.bytesSent
    expect(room.broadcast('hi')).toBe(1)
    await settled()
    expect(heard).toEqual(['hi'])
    expect(encode).toHaveBeenCalledOnce()
    expect(toCarol.bytesSent).toBe(before)
  })
})
