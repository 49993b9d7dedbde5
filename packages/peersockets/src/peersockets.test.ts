import { describe, expect, test, vi } from 'vitest'
import { PeersocketsError } from './errors.js'
import { Peersockets } from './peersockets.js'
import type { Peer } from './plugin.js'
import { plainJson } from './test-support/codecs.js'
import { keyOf, type Party, parties, settled } from './test-support/parties.js'
import { defineTopic } from './topic/definition.js'

/** Joins `topic` and keeps what arrives, as text. */
function listen(party: Party, topic: string): { heard: string[]; from: Peer[] } {
  const heard: string[] = []
  const from: Peer[] = []
  party.sockets.join(topic, {
    onmessage(message, peer) {
      heard.push(message.toString())
      from.push(peer)
    }
  })
  return { heard, from }
}

describe('sending to a peer', () => {
  test('takes a peer object, a key, or the hex of a key', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const { heard } = listen(bob, 'chat')
    const room = ada.sockets.join('chat')
    await settled()
    const [peer] = room.peers
    if (peer === undefined) throw new Error('Ada does not see Bob.')
    room.send('by peer', peer)
    room.send('by key', keyOf(bob))
    room.send('by view of a key', new Uint8Array(keyOf(bob)))
    room.send('by hex', keyOf(bob).toString('hex'))
    room.send('by HEX', keyOf(bob).toString('hex').toUpperCase())
    await settled()
    expect(heard).toEqual(['by peer', 'by key', 'by view of a key', 'by hex', 'by HEX'])
  })

  test('takes strings, Buffers and Uint8Arrays, and gives Buffers', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const received: Buffer[] = []
    bob.sockets.join('chat', { onmessage: message => received.push(message) })
    const room = ada.sockets.join('chat')
    for (const message of ['zoë', Buffer.from([0, 255]), new Uint8Array([1, 2]), ''])
      room.send(message, keyOf(bob))
    await settled()
    expect(received.every(message => Buffer.isBuffer(message))).toBe(true)
    expect(received).toEqual([
      Buffer.from('zoë'),
      Buffer.from([0, 255]),
      Buffer.from([1, 2]),
      Buffer.alloc(0)
    ])
  })

  test('gives the receiver the peer object that it can answer to', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const answers = listen(ada, 'chat')
    const echo = bob.sockets.join('chat', { onmessage: (message, peer) => echo.send(`re: ${message}`, peer) })
    ada.sockets.join('chat').send('ping', keyOf(bob))
    await settled()
    expect(answers.heard).toEqual(['re: ping'])
    expect(answers.from[0]?.remotePublicKey).toEqual(keyOf(bob))
  })

  test('that is not connected is ERR_UNKNOWN_PEER', async () => {
    const {
      parties: [ada, bob]
    } = await parties(2, {}, false)
    const room = ada.sockets.join('chat')
    for (const peer of [keyOf(bob), keyOf(bob).toString('hex'), { remotePublicKey: keyOf(bob) }]) {
      expect(() => room.send('x', peer)).toThrow(
        expect.objectContaining({ code: 'ERR_UNKNOWN_PEER', topic: 'chat' })
      )
    }
  })

  test('that has gone is ERR_UNKNOWN_PEER', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    bob.sockets.join('chat')
    const room = ada.sockets.join('chat')
    await settled()
    const [peer] = room.peers
    await network.cut(0, 1)
    expect(() => room.send('x', peer ?? keyOf(bob))).toThrow(
      expect.objectContaining({ code: 'ERR_UNKNOWN_PEER' })
    )
  })

  test('with swapped arguments says so', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const room = ada.sockets.join('chat')
    const refused = expect.objectContaining({
      code: 'ERR_INVALID_ARGUMENT',
      message: expect.stringContaining('send(message, peer)')
    })
    expect(() => room.send(keyOf(bob), 'hello')).toThrow(refused)
    expect(() => room.send(keyOf(bob).toString('hex'), 'hello')).toThrow(refused)
  })

  test.each([[undefined], [null], [42], ['ada'], [Buffer.alloc(31)], [{}]])(
    'to %s is ERR_INVALID_ARGUMENT',
    async peer => {
      const {
        parties: [ada]
      } = await parties()
      const room = ada.sockets.join('chat')
      // @ts-expect-error what JavaScript may pass
      expect(() => room.send('x', peer)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }))
    }
  )

  test('what is no message is ERR_INVALID_MESSAGE, and nothing is sent', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const { heard } = listen(bob, 'chat')
    const room = ada.sockets.join('chat')
    for (const message of [undefined, null, 42, { text: 'hi' }]) {
      // @ts-expect-error what JavaScript may pass
      expect(() => room.send(message, keyOf(bob))).toThrow(
        expect.objectContaining({ code: 'ERR_INVALID_MESSAGE' })
      )
    }
    await settled()
    expect(heard).toEqual([])
    expect(ada.sockets.stats.sent).toBe(0)
  })
})

describe('a topic', () => {
  test('reaches peers that connect later', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties(2, {}, false)
    const { heard } = listen(bob, 'chat')
    const room = ada.sockets.join('chat')
    await network.connect(0, 1)
    room.send('hello', keyOf(bob))
    await settled()
    expect(heard).toEqual(['hello'])
  })

  test('can be used by a handshake listener that runs before ours', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties(2, {}, false)
    const { heard } = listen(bob, 'chat')
    const room = ada.sockets.join('chat')
    ada.networker.on('handshake', () => room.send('first thing', keyOf(bob)))
    await network.connect(0, 1)
    await settled()
    expect(heard).toEqual(['first thing'])
  })

  test('survives a reconnect, on both sides', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    const atBob = listen(bob, 'chat')
    const atAda = listen(ada, 'chat')
    const [fromAda, fromBob] = [ada.sockets.join('chat'), bob.sockets.join('chat')]
    for (const round of ['1', '2', '3']) {
      fromAda.send(round, keyOf(bob))
      fromBob.send(round, keyOf(ada))
      await settled()
      await network.cut(0, 1)
      await network.heal(0, 1)
    }
    expect(atBob.heard).toEqual(['1', '2', '3'])
    expect(atAda.heard).toEqual(['1', '2', '3'])
  })

  test('stays on the newer of two connections to one peer when the older is dropped', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    const { heard } = listen(bob, 'chat')
    const room = ada.sockets.join('chat')
    const older = network.streams(0, 1)[0]
    await network.connect(1, 0)
    room.send('while both are up', keyOf(bob))
    await settled()
    older.destroy()
    await settled()
    room.send('after', keyOf(bob))
    await settled()
    expect(heard).toEqual(['while both are up', 'after'])
    expect(room.peers.size).toBe(1)
  })

  test('is shared by two Peersockets on one networker', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const second = new Peersockets(bob.networker)
    const heard: string[] = []
    bob.sockets.join('chat', { onmessage: () => heard.push('first') })
    second.join('chat', { onmessage: () => heard.push('second') })
    const room = ada.sockets.join('chat')
    room.send('x', keyOf(bob))
    await settled()
    expect(heard.sort()).toEqual(['first', 'second'])
    bob.sockets.leave('chat')
    room.send('x', keyOf(bob))
    await settled()
    expect(heard.sort()).toEqual(['first', 'second', 'second'])
  })

  test.each([
    [16, true],
    [300_000, true],
    [16, false],
    [300_000, false]
  ])(
    'shows no other Peersockets what one writes into a message: %i bytes, private: %s',
    async (length, isPrivate) => {
      const {
        parties: [ada, bob]
      } = await parties()
      const others = [new Peersockets(bob.networker), new Peersockets(bob.networker)]
      const seen: boolean[] = []
      const options = {
        private: isPrivate,
        onmessage(message: Buffer) {
          seen.push(message.every(byte => byte === 1))
          message.fill(2)
        }
      }
      for (const sockets of [bob.sockets, ...others]) sockets.join('chat', options)
      const room = ada.sockets.join('chat', { private: isPrivate })
      await settled()
      room.send(Buffer.alloc(length, 1), keyOf(bob))
      await settled()
      expect(seen).toEqual([true, true, true])
    }
  )

  test('of a connection that was up before the constructor ran works', async () => {
    const {
      network,
      parties: [ada]
    } = await parties()
    const late = new Peersockets(network.networkers[1] ?? ada.networker)
    const heard: string[] = []
    late.join('chat', { onmessage: message => heard.push(message.toString()) })
    ada.sockets.join('chat').send('hello', network.networkers[1]?.keyPair.publicKey ?? '')
    await settled()
    expect(heard).toEqual(['hello'])
  })

  test.each([[''], ['x'.repeat(1025)], ['half \ud800 pair']])('cannot be named %j', async name => {
    const {
      parties: [ada]
    } = await parties()
    expect(() => ada.sockets.join(name)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }))
  })

  test('may have any other name', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    for (const name of ['__proto__', 'constructor', 'ü/💬/\0', ' ', 'x'.repeat(1024)]) {
      const { heard } = listen(bob, name)
      ada.sockets.join(name).send(name, keyOf(bob))
      await settled()
      expect(heard).toEqual([name])
    }
  })
})

describe('handles', () => {
  test('of one topic all hear every message', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const first = listen(bob, 'chat')
    const second = listen(bob, 'chat')
    ada.sockets.join('chat').send('x', keyOf(bob))
    await settled()
    expect([first.heard, second.heard]).toEqual([['x'], ['x']])
  })

  test('close alone: the topic goes on for the others', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const { heard } = listen(bob, 'chat')
    const deaf = bob.sockets.join('chat', { onmessage: () => heard.push('closed handle') })
    const [one, other] = [ada.sockets.join('chat'), ada.sockets.join('chat')]
    deaf.close()
    one.close()
    other.send('still here', keyOf(bob))
    await settled()
    expect(heard).toEqual(['still here'])
    expect(() => one.send('x', keyOf(bob))).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }))
    expect(() => one.broadcast('x')).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }))
    expect(() => one.flush()).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }))
    await expect(one.drained(keyOf(bob))).rejects.toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }))
  })

  test('the last one to close leaves the topic', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const room = bob.sockets.join('chat')
    const watcher = ada.sockets.join('chat')
    await settled()
    expect(watcher.peers.size).toBe(1)
    room.close()
    await settled()
    expect(watcher.peers.size).toBe(0)
    expect(bob.sockets.stats.topics.has('chat')).toBe(false)
  })

  test('hear onclose once, however they are closed', async () => {
    const {
      parties: [ada]
    } = await parties()
    const closed: string[] = []
    const abort = new AbortController()
    const handles = ['close', 'leave', 'abort', 'leave all', 'stop'].map((how, n) =>
      ada.sockets.join(`topic ${n}`, { onclose: () => closed.push(how), signal: abort.signal })
    )
    handles[0]?.close()
    ada.sockets.leave('topic 1')
    abort.abort()
    ada.sockets.leave()
    ada.sockets.stop()
    for (const handle of handles) handle.close()
    expect(closed).toEqual(['close', 'leave', 'abort', 'leave all', 'stop'])
  })

  test('closed while a message is handed round hear no more of it', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const heard: string[] = []
    bob.sockets.join('chat', {
      onmessage() {
        heard.push('first')
        second.close()
      }
    })
    const second = bob.sockets.join('chat', { onmessage: () => heard.push('second') })
    ada.sockets.join('chat').send('x', keyOf(bob))
    await settled()
    expect(heard).toEqual(['first'])
  })

  test('joined with an aborted signal are closed from the start', async () => {
    const {
      parties: [ada]
    } = await parties()
    const onclose = vi.fn()
    const handle = ada.sockets.join('chat', { signal: AbortSignal.abort(), onclose })
    expect(onclose).toHaveBeenCalledOnce()
    expect(() => handle.broadcast('x')).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }))
    expect(ada.sockets.stats.topics.size).toBe(0)
  })
})

describe('leaving', () => {
  test('a topic closes all its handles and nothing else', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const left = listen(bob, 'left')
    const kept = listen(bob, 'kept')
    const [toLeft, toKept] = [ada.sockets.join('left'), ada.sockets.join('kept')]
    bob.sockets.leave('left')
    toLeft.send('x', keyOf(bob))
    toKept.send('y', keyOf(bob))
    await settled()
    expect([left.heard, kept.heard]).toEqual([[], ['y']])
  })

  test('a defined topic leaves every room of it', async () => {
    const {
      parties: [ada]
    } = await parties()
    const chat = defineTopic({ private: false, name: 'chat', codec: plainJson })
    const rooms = [
      ada.sockets.join(chat),
      ada.sockets.join(chat, { name: 'chat/1' }),
      ada.sockets.join('other')
    ]
    ada.sockets.leave(chat)
    expect([...ada.sockets.stats.topics.keys()]).toEqual(['other'])
    expect(rooms.map(room => room.name)).toEqual(['chat', 'chat/1', 'other'])
  })

  test('all topics takes no topic, and one that is undefined is not all', async () => {
    const {
      parties: [ada]
    } = await parties()
    for (const name of ['one', 'two']) ada.sockets.join(name)
    const names = new Map<string, string>()
    // @ts-expect-error what is not found is undefined
    await expect(ada.sockets.leave(names.get('three'))).rejects.toThrow('write leave() or leave(options)')
    expect(ada.sockets.stats.topics.size).toBe(2)
    await ada.sockets.leave({ timeout: 1000 })
    expect(ada.sockets.stats.topics.size).toBe(0)
  })

  test('a topic that is not joined does nothing', async () => {
    const {
      parties: [ada]
    } = await parties()
    ada.sockets.join('chat')
    ada.sockets.leave('other')
    expect(ada.sockets.stats.topics.size).toBe(1)
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('my bug')
      }
    ],
    ['rejects', () => Promise.reject(new Error('my bug'))]
  ])('closes every handle, also when an onclose %s, which is counted and printed', async (_how, fail) => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => {})
    const {
      parties: [ada]
    } = await parties()
    const onclose = vi.fn()
    const abort = new AbortController()
    ada.sockets.join('a', { onclose: () => fail(), signal: abort.signal })
    ada.sockets.join('b', { onclose: () => fail() })
    ada.sockets.join('c', { onclose })
    abort.abort()
    ada.sockets.leave()
    await settled()
    expect(onclose).toHaveBeenCalledOnce()
    expect(ada.sockets.stats).toMatchObject({ topics: new Map(), rejected: { ERR_HANDLER_FAILED: 2 } })
    expect(print).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        code: 'ERR_HANDLER_FAILED',
        message: expect.stringContaining('onclose of topic a')
      })
    )
  })

  test('and joining again works, on the same connection', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const room = ada.sockets.join('chat')
    for (const round of ['1', '2']) {
      const { heard } = listen(bob, 'chat')
      room.send(round, keyOf(bob))
      await settled()
      expect(heard).toEqual([round])
      bob.sockets.leave('chat')
    }
  })
})

describe('stop', () => {
  test('leaves every topic, lets go of the network, and leaves it up', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    bob.sockets.join('chat')
    const watcher = ada.sockets.join('chat')
    await settled()
    const before = bob.networker.listenerCount('handshake')
    bob.sockets.stop()
    bob.sockets.stop()
    await settled()
    expect(watcher.peers.size).toBe(0)
    expect(bob.networker.listenerCount('handshake')).toBe(before - 1)
    expect(bob.networker.listenerCount('stream-closed')).toBe(0)
    expect(network.streams(0, 1)[0].destroyed).toBe(false)
    expect(() => bob.sockets.join('chat')).toThrow(expect.objectContaining({ code: 'ERR_CLOSED' }))
    expect(bob.sockets.stats.connections).toBe(0)
  })
})

describe('join', () => {
  test('with two definitions of one name is ERR_TOPIC_CONFLICT', async () => {
    const {
      parties: [ada]
    } = await parties()
    const chat = defineTopic({ private: false, name: 'chat', codec: plainJson })
    ada.sockets.join(chat)
    ada.sockets.join(chat)
    const refused = expect.objectContaining({ code: 'ERR_TOPIC_CONFLICT', topic: 'chat' })
    expect(() => ada.sockets.join('chat')).toThrow(refused)
    expect(() => ada.sockets.join(defineTopic({ private: false, name: 'chat', codec: plainJson }))).toThrow(
      refused
    )
    ada.sockets.leave('chat')
    ada.sockets.join('chat')
  })

  test('of a definition without a name takes the name of the room, and needs one', async () => {
    const {
      parties: [ada]
    } = await parties()
    const room = defineTopic({ private: false, codec: plainJson })
    expect(ada.sockets.join(room, { name: 'room/1' }).name).toBe('room/1')
    expect(() => ada.sockets.join(room)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }))
  })
})

describe('options', () => {
  test.each([
    [null],
    ['x'],
    [{ onMessage: () => {} }],
    [{ onmessage: 'x' }],
    [{ onpeerleave: {} }],
    [{ private: 'yes' }],
    [{ signal: new AbortController() }]
  ])('of join that are %s are refused, and nothing is joined', async options => {
    const {
      parties: [ada]
    } = await parties()
    // @ts-expect-error what JavaScript may pass
    expect(() => ada.sockets.join('chat', options)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' })
    )
    expect(ada.sockets.stats.topics.size).toBe(0)
  })

  test('give a name only to a defined topic', async () => {
    const {
      parties: [ada]
    } = await parties()
    expect(() => ada.sockets.join('chat', { name: 'other' })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' })
    )
  })

  test('of join count as they were when it was called', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const heard: string[] = []
    const options = { onmessage: () => void heard.push('first') }
    ada.sockets.join('chat', options)
    options.onmessage = () => void heard.push('second')
    bob.sockets.join('chat').send('hi', keyOf(ada))
    await settled()
    expect(heard).toEqual(['first'])
  })

  test('of the constructor that it does not have, or that are of the wrong kind, are refused', async () => {
    const {
      parties: [ada]
    } = await parties()
    // @ts-expect-error no function
    expect(() => new Peersockets(ada.networker, { onreject: true })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT', message: expect.stringContaining('onreject') })
    )
    // @ts-expect-error no such option
    expect(() => new Peersockets(ada.networker, { maxBytes: 1 })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT', message: expect.stringContaining('maxBytes') })
    )
  })
})

describe('the constructor', () => {
  test.each([[undefined], [null], [{}], ['networker']])('refuses %s as a network', network => {
    // @ts-expect-error what JavaScript may pass
    expect(() => new Peersockets(network)).toThrow(expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }))
  })

  test.each([['maxMessageBytes'], ['highWaterMark'], ['maxQueuedBytes']])(
    'refuses a %s that is no size',
    async option => {
      const {
        parties: [ada]
      } = await parties()
      for (const value of [0, -1, Number.NaN, '1']) {
        expect(() => new Peersockets(ada.networker, { [option]: value })).toThrow(PeersocketsError)
      }
    }
  )
})
