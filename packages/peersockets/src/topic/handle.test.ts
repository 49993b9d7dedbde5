import { describe, expect, test, vi } from 'vitest'
import * as z from 'zod'
import { plainJson } from '../test-support/codecs.js'
import { keyOf, parties, settled } from '../test-support/parties.js'
import { defineTopic } from './definition.js'

describe('a handler that throws or rejects', () => {
  test.each([
    [
      'throws',
      () => {
        throw new Error('my bug')
      }
    ],
    ['rejects', () => Promise.reject(new Error('my bug'))]
  ])(
    '%s is reported as ERR_HANDLER_FAILED, and the connection and the other handles go on',
    async (_how, fail) => {
      const {
        network,
        parties: [ada, bob]
      } = await parties()
      const heard: string[] = []
      bob.sockets.join('chat', { onmessage: () => fail() })
      bob.sockets.join('chat', { onmessage: message => heard.push(message.toString()) })
      const room = ada.sockets.join('chat')
      for (const message of ['1', '2', '3']) room.send(message, keyOf(bob))
      await settled()
      expect(heard).toEqual(['1', '2', '3'])
      expect(bob.rejections).toHaveLength(3)
      expect(bob.rejections[0]).toEqual({
        error: expect.objectContaining({
          code: 'ERR_HANDLER_FAILED',
          topic: 'chat',
          cause: expect.objectContaining({ message: 'my bug' })
        }),
        peer: expect.objectContaining({ remotePublicKey: keyOf(ada) })
      })
      expect(network.streams(0, 1)[1].destroyed).toBe(false)
    }
  )

  test('in onpeerjoin or onpeerleave is reported as well', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    const fail = () => {
      throw new Error('my bug')
    }
    bob.sockets.join('chat', { onpeerjoin: fail, onpeerleave: fail })
    ada.sockets.join('chat')
    await settled()
    await network.cut(0, 1)
    expect(bob.codes()).toEqual(['ERR_HANDLER_FAILED', 'ERR_HANDLER_FAILED'])
  })

  test('in a reject listener keeps no other listener from hearing, and is counted', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const onreject = vi.fn(() => {
      throw new Error('my bug')
    })
    const {
      parties: [ada, bob]
    } = await parties(2, { onreject })
    const last = vi.fn()
    bob.sockets.prependListener('reject', onreject)
    bob.sockets.on('reject', last)
    bob.sockets.join(defineTopic({ private: false, name: 'chat', codec: plainJson }), { onreject })
    ada.sockets.join('chat').send('{', keyOf(bob))
    await settled()
    expect(onreject).toHaveBeenCalledTimes(3)
    expect(last).toHaveBeenCalledOnce()
    expect(bob.sockets.stats.rejected).toEqual({ ERR_DECODE_FAILED: 1, ERR_HANDLER_FAILED: 3 })
  })

  test('is printed, once, when nobody listens to rejections', async () => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => {})
    const {
      parties: [ada, bob]
    } = await parties()
    bob.sockets.removeAllListeners('reject')
    bob.sockets.join('chat', {
      onmessage() {
        throw new Error('my bug')
      }
    })
    const room = ada.sockets.join('chat')
    for (const message of ['1', '2']) room.send(message, keyOf(bob))
    await settled()
    expect(print).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ code: 'ERR_HANDLER_FAILED', message: expect.stringContaining('my bug') })
    )
    expect(bob.sockets.stats.rejected).toEqual({ ERR_HANDLER_FAILED: 2 })
  })
})

describe('a rejection', () => {
  test('is told to the topic it concerns, and to the whole, and to no other topic', async () => {
    const whole = vi.fn()
    const {
      parties: [ada, bob]
    } = await parties(2, { onreject: whole })
    const [mine, other] = [vi.fn(), vi.fn()]
    bob.sockets.join(defineTopic({ private: false, name: 'chat', codec: plainJson }), { onreject: mine })
    bob.sockets.join(defineTopic({ private: false, name: 'other', codec: plainJson }), { onreject: other })
    ada.sockets.join('chat').send('{', keyOf(bob))
    await settled()
    for (const hearer of [mine, whole]) {
      expect(hearer).toHaveBeenCalledExactlyOnceWith(
        expect.objectContaining({ code: 'ERR_DECODE_FAILED', topic: 'chat' }),
        expect.objectContaining({ remotePublicKey: keyOf(ada) })
      )
    }
    expect(bob.codes()).toEqual(['ERR_DECODE_FAILED'])
    expect(other).not.toHaveBeenCalled()
  })

  test("ends the connection when the topic says onviolation: 'disconnect'", async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    const [, stream] = network.streams(0, 1)
    bob.sockets.join(
      defineTopic({ private: false, name: 'strict', codec: plainJson, onviolation: 'disconnect' })
    )
    bob.sockets.join(defineTopic({ private: false, name: 'lenient', codec: plainJson }))
    ada.sockets.join('lenient').send('{', keyOf(bob))
    await settled()
    expect(stream.destroyed).toBe(false)
    ada.sockets.join('strict').send('{', keyOf(bob))
    await settled()
    expect(stream.destroyed).toBe(true)
    expect(bob.codes()).toEqual(['ERR_DECODE_FAILED', 'ERR_DECODE_FAILED'])
  })

  test('does not end the connection for a message of ours that could not go, late', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    const grow = {
      name: 'grow',
      open: () => ({ send: async () => Buffer.alloc(9 << 20), receive: (frame: Buffer) => frame })
    }
    ada.sockets
      .join(defineTopic({ private: false, name: 'strict', middleware: [grow], onviolation: 'disconnect' }))
      .send('x', keyOf(bob))
    await settled()
    expect(ada.codes()).toEqual(['ERR_MESSAGE_TOO_LARGE'])
    expect(network.streams(0, 1)[0].destroyed).toBe(false)
  })

  test("does not end the connection for the app's own fault", async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    bob.sockets.join(
      defineTopic({ private: false, name: 'strict', codec: plainJson, onviolation: 'disconnect' }),
      {
        onmessage() {
          throw new Error('my bug')
        }
      }
    )
    ada.sockets.join('strict').send('1', keyOf(bob))
    await settled()
    expect(bob.codes()).toEqual(['ERR_HANDLER_FAILED'])
    expect(network.streams(0, 1)[1].destroyed).toBe(false)
  })
})

describe('presence', () => {
  test('knows who joined and who left, each once and in order', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    const log: string[] = []
    const room = ada.sockets.join('chat', {
      onpeerjoin: peer => log.push(`join ${peer.remotePublicKey.equals(keyOf(bob))}`),
      onpeerleave: peer => log.push(`leave ${peer.remotePublicKey.equals(keyOf(bob))}`)
    })
    const steps = [
      () => bob.sockets.join('chat'),
      () => bob.sockets.join('chat'),
      () => bob.sockets.leave('chat'),
      () => bob.sockets.join('chat'),
      () => network.cut(0, 1),
      () => network.heal(0, 1)
    ]
    const sizes: number[] = []
    for (const step of steps) {
      await step()
      await settled()
      sizes.push(room.peers.size)
    }
    expect(log).toEqual(['join true', 'leave true', 'join true', 'leave true', 'join true'])
    expect(sizes).toEqual([1, 1, 0, 1, 0, 1])
  })

  test('tells a new handle of those who are there already, once join has returned', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    bob.sockets.join('chat')
    ada.sockets.join('chat')
    await settled()
    const log: string[] = []
    ada.sockets.join('chat', { onpeerjoin: () => log.push('join') })
    log.push('joined')
    await settled()
    expect(log).toEqual(['joined', 'join'])
  })

  test('sees a peer that only listens', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    bob.sockets.join('chat', { onmessage: () => {} })
    const room = ada.sockets.join('chat')
    await settled()
    expect([...room.peers].map(peer => peer.remotePublicKey)).toEqual([keyOf(bob)])
  })
})

describe('broadcast', () => {
  test('goes to every peer in the topic but those excepted, and to nobody else', async () => {
    const {
      parties: [ada, bob, ...others]
    } = await parties(4)
    const heard: string[] = []
    for (const [n, party] of [bob, ...others].entries()) {
      if (n < 2) party.sockets.join('chat', { onmessage: message => heard.push(`${n} ${message}`) })
    }
    const room = ada.sockets.join('chat')
    await settled()
    expect(room.broadcast('to both')).toBe(2)
    const [first] = room.peers
    expect(room.broadcast('to one', { except: first === undefined ? [] : [first] })).toBe(1)
    await settled()
    expect(heard.sort()).toEqual(['0 to both', '1 to both', expect.stringMatching(/^[01] to one$/)].sort())
    expect(ada.sockets.stats.sent).toBe(3)
  })

  test('validates and encodes once', async () => {
    const {
      parties: [ada, ...others]
    } = await parties(4)
    const encode = vi.fn(plainJson.encode)
    const check = vi.fn(() => true)
    const topic = defineTopic({
      private: false,
      name: 'chat',
      schema: z.string().refine(check),
      codec: { ...plainJson, encode }
    })
    for (const { sockets } of others) sockets.join('chat')
    const room = ada.sockets.join(topic)
    await settled()
    expect(room.broadcast('x')).toBe(3)
    expect([encode.mock.calls.length, check.mock.calls.length]).toEqual([1, 1])
  })

  test('does not stop at a peer that cannot take it, and reports that one', async () => {
    const {
      network,
      parties: [ada, bob, carol]
    } = await parties(3, { maxQueuedBytes: 300_000 })
    const heard: number[] = []
    bob.sockets.join('chat')
    carol?.sockets.join('chat', { onmessage: message => heard.push(message.length) })
    const room = ada.sockets.join('chat')
    await settled()
    ;(await network.connect(0, 1)).stall()
    await settled()
    room.send(Buffer.alloc(250_000), keyOf(bob))
    expect(room.broadcast(Buffer.alloc(100_000))).toBe(1)
    await settled()
    expect(ada.codes()).toEqual(['ERR_PEER_CONGESTED'])
    expect(heard).toEqual([100_000])
  })
})

describe('the async iterator', () => {
  test('gives the messages from then on, with their peers, and ends when the handle closes', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const handle = bob.sockets.join('chat')
    const messages = handle[Symbol.asyncIterator]()
    const room = ada.sockets.join('chat')
    for (const message of ['1', '2']) room.send(message, keyOf(bob))
    await settled()
    const third = [await messages.next(), await messages.next(), messages.next()]
    room.send('3', keyOf(bob))
    const given = await Promise.all(third)
    expect(given.map(({ value }) => value?.message.toString())).toEqual(['1', '2', '3'])
    expect(given[0]?.value?.peer.remotePublicKey).toEqual(keyOf(ada))
    const waiting = [messages.next(), messages.next()]
    handle.close()
    expect(await Promise.all(waiting)).toEqual([{ done: true }, { done: true }])
  })

  test('gives what came before the end', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const abort = new AbortController()
    const handle = bob.sockets.join('chat', { signal: abort.signal })
    const heard: string[] = []
    const loop = (async () => {
      for await (const { message } of handle) heard.push(message.toString())
    })()
    const room = ada.sockets.join('chat')
    for (const message of ['1', '2', '3']) room.send(message, keyOf(bob))
    await settled()
    abort.abort()
    await loop
    expect(heard).toEqual(['1', '2', '3'])
  })

  test('of a closed handle is over', async () => {
    const {
      parties: [ada]
    } = await parties()
    const handle = ada.sockets.join('chat')
    handle.close()
    for await (const received of handle) expect.unreachable(String(received))
  })

  test('can be left without closing the handle, and lets go of what waited', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const onclose = vi.fn()
    const handle = bob.sockets.join('chat', { onclose })
    const room = ada.sockets.join('chat')
    for (let round = 0; round < 2; round++) {
      setImmediate(() => ['a', 'b', 'c'].map(message => room.send(message, keyOf(bob))))
      for await (const { message } of handle) {
        expect(message.toString()).toBe('a')
        break
      }
      await settled()
    }
    expect(onclose).not.toHaveBeenCalled()
  })

  test('that cannot keep up loses messages beyond the bound, each reported', async () => {
    const {
      parties: [ada, bob]
    } = await parties(2, { maxQueuedBytes: 10_000 })
    const handle = bob.sockets.join('chat')
    const messages = handle[Symbol.asyncIterator]()
    const room = ada.sockets.join('chat')
    for (let n = 0; n < 20; n++) {
      room.send(Buffer.alloc(1000, n), keyOf(bob))
      await settled()
    }
    const dropped = bob.codes()
    expect(dropped.length).toBeGreaterThan(10)
    expect(new Set(dropped)).toEqual(new Set(['ERR_RECEIVER_CONGESTED']))
    const kept: number[] = []
    handle.close()
    for (let next = await messages.next(); !next.done; next = await messages.next())
      kept.push(next.value.message[0] ?? -1)
    expect(kept).toEqual(Array.from({ length: 20 - dropped.length }, (_, n) => n))
  })
})

describe('stats', () => {
  test('count what was sent, received and rejected, in all and by topic', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    bob.sockets.join(defineTopic({ private: false, name: 'chat', codec: plainJson }))
    bob.sockets.join('bytes')
    const [chat, bytes] = [ada.sockets.join('chat'), ada.sockets.join('bytes')]
    for (const message of ['1', '{', '2']) chat.send(message, keyOf(bob))
    bytes.send('x', keyOf(bob))
    await settled()
    expect(ada.sockets.stats).toEqual({
      connections: 1,
      sent: 4,
      received: 0,
      rejected: {},
      topics: new Map([
        ['chat', { sent: 3, received: 0, rejected: 0 }],
        ['bytes', { sent: 1, received: 0, rejected: 0 }]
      ])
    })
    bob.sockets.leave('bytes')
    expect(bob.sockets.stats).toEqual({
      connections: 1,
      sent: 0,
      received: 3,
      rejected: { ERR_DECODE_FAILED: 1 },
      topics: new Map([['chat', { sent: 0, received: 2, rejected: 1 }]])
    })
  })

  test('are a snapshot', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const before = ada.sockets.stats
    ada.sockets.join('chat').send('x', keyOf(bob))
    expect(before.sent).toBe(0)
    expect(before.topics.size).toBe(0)
  })
})
