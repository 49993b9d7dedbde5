import { describe, expect, test, vi } from 'vitest'
import { Peersockets } from '../peersockets.js'
import { plainJson } from '../test-support/codecs.js'
import { keyOf, parties, settled } from '../test-support/parties.js'
import {
  accept,
  close,
  data,
  type Encounter,
  encounter,
  frameOf,
  hello,
  open,
  RAW_DESCRIPTOR,
  sequenceOf,
  synced
} from '../test-support/raw-peer.js'
import { defineTopic } from '../topic/definition.js'
import { FULL_BYTES, MAX_BATCH_MESSAGES, MAX_REMOTE_TOPICS } from './bounds.js'
import { KIND } from './frame.js'

/** Our side of `chat`, and what it hears. */
function joinChat({ sockets }: Pick<Encounter, 'sockets'>, name = 'chat') {
  const log: string[] = []
  const room = sockets.join(name, {
    private: true,
    onmessage: message => log.push(message.toString()),
    onpeerjoin: () => log.push('joins'),
    onpeerleave: () => log.push('leaves')
  })
  return { room, log }
}

/** We are in `chat`, and a peer that has greeted us knows it as 7. */
async function chatting() {
  const met = await encounter()
  const chat = joinChat(met)
  met.raw.send(hello(1), synced())
  await settled()
  const id = await met.raw.join('chat', 7)
  return { ...met, ...chat, id }
}

describe('an opening', () => {
  test('begins with HELLO; what we are in follows only once the peer has greeted', async () => {
    const met = await encounter()
    joinChat(met)
    await settled()
    expect(met.raw.heard).toEqual([
      { kind: 'hello', instance: expect.any(Buffer), maxTopics: MAX_REMOTE_TOPICS }
    ])
    met.raw.send(hello(1))
    await settled()
    expect(met.raw.heard.slice(1)).toEqual([
      { kind: 'open', id: 0, tag: expect.any(Buffer) },
      { kind: 'synced' }
    ])
  })

  test('accepts a topic under the id that the peer gave it, with our pipeline', async () => {
    const { raw, id, room, log } = await chatting()
    expect(raw.of('accept')).toEqual([{ kind: 'accept', id: 7, descriptor: RAW_DESCRIPTOR }])
    expect(room.peers.size).toBe(1)
    raw.send(data(7, 'hello', 'there'))
    await settled()
    expect(log).toEqual(['joins', 'hello', 'there'])
    room.broadcast('hello yourself')
    await settled()
    expect(raw.of('data')).toEqual([{ kind: 'data', id, body: sequenceOf([Buffer.from('hello yourself')]) }])
  })

  test('is as good in the other order: the peer opens first, and we join later', async () => {
    const met = await encounter()
    met.raw.send(hello(1), open(7, met.raw.tag('chat')), synced())
    await settled()
    const { room, log } = joinChat(met)
    await settled()
    expect(met.raw.heard.slice(2)).toEqual([
      { kind: 'open', id: 0, tag: expect.any(Buffer) },
      { kind: 'accept', id: 7, descriptor: RAW_DESCRIPTOR }
    ])
    expect(room.peers.size).toBe(0)
    met.raw.send(accept(0), data(7, 'hello'))
    await settled()
    expect(log).toEqual(['joins', 'hello'])
  })
})

describe('somebody who does not know the name', () => {
  test('is not in the topic by accepting it: no presence, no data either way', async () => {
    const met = await encounter()
    const { room, log } = joinChat(met)
    met.raw.send(hello(1), synced())
    await settled()
    const [{ id } = { id: -1 }] = met.raw.of('open')
    met.raw.send(accept(id), data(id, 'believe me'), data(0, 'or me'))
    await settled()
    expect([log, room.peers.size, room.broadcast('secret')]).toEqual([[], 0, 0])
    room.send('secret', met.raw.stream.publicKey ?? '')
    await settled()
    expect(met.raw.of('data')).toEqual([])
    expect(met.codes()).toEqual(['ERR_PEER_NOT_IN_TOPIC'])
  })

  test('is not in the topic by sending our tag back to us', async () => {
    const met = await encounter()
    const { room, log } = joinChat(met)
    met.raw.send(hello(1), synced())
    await settled()
    const [{ id, tag } = { id: -1, tag: Buffer.alloc(0) }] = met.raw.of('open')
    met.raw.send(open(7, tag), accept(id), data(7, 'believe me'))
    await settled()
    expect([log, room.peers.size, met.raw.of('accept')]).toEqual([[], 0, []])
    expect(met.codes()).toEqual([])
  })

  test('is not in the topic with a tag that was good on another connection', async () => {
    const first = await encounter()
    joinChat(first)
    const met = await encounter()
    const { room } = joinChat(met)
    met.raw.send(hello(1), open(7, first.raw.tag('chat')), accept(0), synced())
    await settled()
    expect([room.peers.size, met.raw.of('accept')]).toEqual([0, []])
  })

  test('is not in the topic when he knows the name, and not the secret', async () => {
    const met = await encounter()
    const secret = Buffer.from('open sesame')
    const room = met.sockets.join(defineTopic({ name: 'chat', secret }))
    met.raw.send(hello(1), open(7, met.raw.tag('chat')), accept(0))
    await settled()
    expect([room.peers.size, met.raw.idsOf('chat')]).toEqual([0, []])
    met.raw.send(open(8, met.raw.tag('chat', secret)), accept(0))
    await settled()
    expect([room.peers.size, met.raw.idsOf('chat', secret)]).toEqual([1, [0]])
  })
})

describe('a member', () => {
  test('that opened and did not accept yet has no presence; its data waits until it has', async () => {
    const met = await encounter()
    const { room, log } = joinChat(met)
    met.raw.send(hello(1), open(7, met.raw.tag('chat')), data(7, 'early'))
    await settled()
    expect([log, room.peers.size]).toEqual([[], 0])
    met.raw.send(accept(0), data(7, 'in time'))
    await settled()
    expect(log).toEqual(['joins', 'early', 'in time'])
    expect(met.codes()).toEqual([])
  })

  test('that sends more than 65 KiB before it has accepted is cut short: ERR_RECEIVER_CONGESTED', async () => {
    const met = await encounter()
    const { log } = joinChat(met)
    met.raw.send(hello(1), open(7, met.raw.tag('chat')))
    for (let n = 0; n < 100; n++) met.raw.send(data(7, 'x'.repeat(1000)))
    await settled()
    expect(new Set(met.codes())).toEqual(new Set(['ERR_RECEIVER_CONGESTED']))
    met.raw.send(accept(0))
    await settled()
    expect(log.length - 1).toBe(100 - met.codes().length)
    expect(log.length).toBeLessThan(67)
  })

  test('that sends before it has accepted, and then accepts with another pipeline, is not read', async () => {
    const met = await encounter()
    const { log } = joinChat(met)
    met.raw.send(hello(1), open(7, met.raw.tag('chat')), data(7, 'x'), accept(0, 'msgpack > batch'))
    await settled()
    expect([log, met.codes()]).toEqual([[], ['ERR_PIPELINE_MISMATCH']])
  })

  test('that accepts again and again joins once', async () => {
    const { raw, id, log, codes } = await chatting()
    raw.send(accept(id), accept(id, 'another pipeline'), accept(id))
    await settled()
    expect([log, codes()]).toEqual([['joins'], []])
  })

  test('that closes has left, and may open again under another id', async () => {
    const { raw, id, room, log } = await chatting()
    raw.send(close(7), data(7, 'from outside'))
    await settled()
    expect([log, room.peers.size]).toEqual([['joins', 'leaves'], 0])
    raw.send(open(9, raw.tag('chat')), accept(id), data(9, 'back'))
    await settled()
    expect(log).toEqual(['joins', 'leaves', 'joins', 'back'])
  })

  test('with another pipeline is told apart at ACCEPT; its data is dropped, and none is sent', async () => {
    const met = await encounter()
    const { room, log } = joinChat(met)
    met.raw.send(hello(1), open(7, met.raw.tag('chat')), accept(0, 'msgpack > batch'), data(7, 'x'), synced())
    await settled()
    expect([log, room.broadcast('secret'), met.codes()]).toEqual([[], 0, ['ERR_PIPELINE_MISMATCH']])
    met.raw.send(accept(0), data(7, 'x'))
    await settled()
    expect([log, met.codes()]).toEqual([[], ['ERR_PIPELINE_MISMATCH']])
  })

  test('that has not heard yet that we left: its data no longer reaches the middleware', async () => {
    const met = await encounter()
    const received: string[] = []
    const receive = (frame: Buffer) => {
      received.push(frame.toString())
      return frame
    }
    const counting = { name: 'counting', open: () => ({ send: (frame: Buffer) => frame, receive }) }
    const room = met.sockets.join(defineTopic({ name: 'chat', middleware: [counting], batch: false }))
    met.raw.send(hello(1), synced())
    await settled()
    await met.raw.join('chat', 7, 'raw > counting')
    const message = (text: string) => frameOf(KIND.data, 7, Buffer.from(text))
    met.raw.send(message('in time'))
    await settled()
    room.close()
    met.raw.send(message('too late'))
    await settled()
    expect([received, met.codes()]).toEqual([['in time'], []])
  })

  test('hears that we left, and of a topic that we join again as of a new one', async () => {
    const { raw, id, room, sockets } = await chatting()
    room.close()
    await settled()
    expect(raw.of('close')).toEqual([{ kind: 'close', id }])
    sockets.join('chat', { private: true })
    await settled()
    expect(raw.idsOf('chat')).toEqual([id, id + 1])
    expect(raw.of('accept').map(frame => frame.id)).toEqual([7, 7])
  })
})

describe('a greeting', () => {
  test('must come first: what comes before it is ignored', async () => {
    const met = await encounter()
    const { log } = joinChat(met)
    const { raw } = met
    raw.send(open(7, raw.tag('chat')), accept(0), synced(), data(7, 'x'), close(7))
    await settled()
    expect([log, raw.of('open'), met.codes()]).toEqual([[], [], []])
    raw.send(hello(1), open(7, raw.tag('chat')), accept(0), data(7, 'hello'))
    await settled()
    expect([log, met.codes()]).toEqual([['joins', 'hello'], []])
  })

  test('of the same instance a second time changes nothing', async () => {
    const { raw, log, room } = await chatting()
    const before = raw.heard.length
    raw.send(hello(1), hello(1, 0), data(7, 'still here'))
    await settled()
    expect([log, room.peers.size]).toEqual([['joins', 'still here'], 1])
    expect(raw.heard.length).toBe(before)
  })

  test('of another instance makes void all that was, and is answered from the beginning', async () => {
    const { raw, id, log, room } = await chatting()
    const before = raw.heard.length
    raw.send(hello(2), data(7, 'of the old instance'))
    await settled()
    expect([log, room.peers.size]).toEqual([['joins', 'leaves'], 0])
    expect(raw.heard.slice(before)).toEqual([raw.heard[0], ...raw.of('open').slice(-1), { kind: 'synced' }])
    expect(raw.idsOf('chat')).toEqual([id, id])
    raw.send(open(7, raw.tag('chat')), accept(id), data(7, 'of the new one'))
    await settled()
    expect(log).toEqual(['joins', 'leaves', 'joins', 'of the new one'])
  })
})

describe('a Peersockets that takes the place of one that was stopped', () => {
  test('does not take what the peer has accepted of its predecessor for its own', async () => {
    const { network, sockets, raw, id } = await chatting()
    sockets.stop()
    const [networker] = network.networkers
    if (networker === undefined) throw new RangeError('A network has a peer.')
    const next = new Peersockets(networker)
    const { room, log } = joinChat({ sockets: next })
    raw.send(hello(1), open(8, raw.tag('chat')), accept(id, 'another > pipeline'), synced())
    await settled()
    const nextId = raw.idsOf('chat').at(-1)
    expect(nextId).not.toBe(id)
    raw.send(accept(nextId ?? id), data(8, 'hello'))
    await settled()
    expect([log, room.peers.size, next.stats.rejected]).toEqual([['joins', 'hello'], 1, {}])
  })
})

describe('a frame out of place', () => {
  test('OPEN of an id or a tag that is open is ERR_MALFORMED_FRAME, and the topic goes on', async () => {
    const { raw, codes, log } = await chatting()
    const tag = raw.tag('chat')
    raw.send(open(8, tag), open(7, raw.tag('other')), data(8, 'no'), data(7, 'yes'))
    await settled()
    expect(codes()).toEqual(Array(2).fill('ERR_MALFORMED_FRAME'))
    expect(log).toEqual(['joins', 'yes'])
  })

  test('an OPEN told twice is passed over without a word, and the topic goes on', async () => {
    const { raw, codes, log } = await chatting()
    raw.send(open(7, raw.tag('chat')), data(7, 'yes'))
    await settled()
    expect([codes(), log]).toEqual([[], ['joins', 'yes']])
  })

  test('a packet of frames that are none is reported once', async () => {
    const { raw, codes, log } = await chatting()
    raw.send(...Array(1000).fill(Buffer.alloc(0)), data(7, 'yes'))
    await settled()
    expect([codes(), log]).toEqual([['ERR_MALFORMED_FRAME'], ['joins', 'yes']])
  })

  test.each([
    ['CLOSE of an id that is not open', close(99)],
    ['DATA of an id that is not open', data(99, 'x')],
    ['ACCEPT of an id that we never gave', accept(99)],
    ['SYNCED once more', synced()],
    ['a kind that is not known yet', frameOf(6, 7, Buffer.from('later'))],
    ['another kind that is not known yet', frameOf(7)],
    ['HELLO of the same instance with more behind it', Buffer.concat([hello(1), Buffer.from('later')])]
  ])('is passed over without a word: %s', async (_what, frame) => {
    const { raw, codes, log } = await chatting()
    const before = raw.heard.length
    raw.send(frame, data(7, 'hello'))
    await settled()
    expect([log, codes()]).toEqual([['joins', 'hello'], []])
    expect(raw.heard.length).toBe(before)
  })

  test.each([
    ['an empty frame', Buffer.alloc(0)],
    ['a header that is no number', Buffer.from([0x80, 0x00])],
    ['HELLO without a limit', frameOf(KIND.hello, 0, Buffer.alloc(8))],
    ['OPEN with a tag of 15 bytes', open(8, Buffer.alloc(15))],
    ['OPEN with a tag of 17 bytes', open(8, Buffer.alloc(17))],
    ['OPEN with a tag of 60 KiB', open(8, Buffer.alloc(60 * 1024))],
    ['ACCEPT with a descriptor of 256 bytes', accept(0, 'x'.repeat(256))],
    ['ACCEPT with what is no UTF-8', frameOf(KIND.accept, 0, Buffer.from([0xff]))],
    ['SYNCED with a body', frameOf(KIND.synced, 0, Buffer.alloc(1))],
    ['CLOSE with a body', frameOf(KIND.close, 7, Buffer.alloc(1))]
  ])('is ERR_MALFORMED_FRAME, once, and the rest of the packet is served: %s', async (_what, frame) => {
    const { raw, codes, log } = await chatting()
    raw.send(data(7, 'before'), frame, data(7, 'after'))
    await settled()
    expect([log, codes()]).toEqual([['joins', 'before', 'after'], ['ERR_MALFORMED_FRAME']])
  })

  test('that is cut off makes its whole packet ERR_MALFORMED_FRAME, and the next one is served', async () => {
    const { raw, codes, log } = await chatting()
    const whole = sequenceOf([data(7, 'first'), data(7, 'second')])
    raw.sendPacket(whole.subarray(0, -1))
    raw.sendPacket(whole)
    await settled()
    expect([log, codes()]).toEqual([['joins', 'first', 'second'], ['ERR_MALFORMED_FRAME']])
  })
})

describe('a bound', () => {
  test('on topics that a peer opens: one more is ERR_LIMIT_EXCEEDED, until it closes one', async () => {
    const met = await encounter()
    const { log } = joinChat(met)
    const { raw } = met
    const tag = (n: number) => {
      const bytes = Buffer.alloc(16)
      bytes.writeUInt32BE(n)
      return bytes
    }
    raw.send(hello(1))
    for (let n = 0; n < MAX_REMOTE_TOPICS; n++) raw.send(open(n, tag(n)))
    await settled()
    expect(met.codes()).toEqual([])
    const mine = open(MAX_REMOTE_TOPICS, raw.tag('chat'))
    raw.send(mine, accept(0))
    await settled()
    expect([met.codes(), log]).toEqual([['ERR_LIMIT_EXCEEDED'], []])
    raw.send(close(5), mine, accept(0))
    await settled()
    expect([met.codes(), log]).toEqual([['ERR_LIMIT_EXCEEDED'], ['joins']])
  })

  test('on topics that the peer takes is kept to, and told: ERR_LIMIT_EXCEEDED with the topic', async () => {
    const met = await encounter()
    const errors: unknown[] = []
    met.sockets.on('reject', error => errors.push(error))
    met.raw.send(hello(1, 2))
    await settled()
    const rooms = ['a', 'b', 'c'].map(name => met.sockets.join(name, { private: true }))
    await settled()
    expect(met.raw.of('open').map(({ id }) => id)).toEqual([0, 1])
    expect(errors).toEqual([expect.objectContaining({ code: 'ERR_LIMIT_EXCEEDED', topic: 'c' })])
    rooms[0]?.close()
    met.sockets.join('d', { private: true })
    await settled()
    expect(met.raw.idsOf('d')).toHaveLength(1)
  })

  test('on the bytes of a packet of several frames: beyond, it is ERR_MALFORMED_FRAME, and none is served', async () => {
    const { raw, codes, log } = await chatting()
    const last = data(7, 'in the last frame')
    const space = FULL_BYTES - sequenceOf([last]).length
    const full = Array<Buffer>(space / 2).fill(frameOf(7))
    const packet = sequenceOf([...full, last])
    expect(packet).toHaveLength(FULL_BYTES)
    raw.sendPacket(packet)
    await settled()
    expect([log, codes()]).toEqual([['joins', 'in the last frame'], []])
    raw.sendPacket(sequenceOf([...full, data(7, 'in the last frame!')]))
    raw.sendPacket(sequenceOf([data(7, 'x'.repeat(FULL_BYTES)), data(7, 'no')]))
    await settled()
    expect([log.length, codes()]).toEqual([2, ['ERR_MALFORMED_FRAME', 'ERR_MALFORMED_FRAME']])
    raw.send(data(7, 'x'.repeat(FULL_BYTES)))
    await settled()
    expect([log.length, codes().length]).toEqual([3, 2])
  })

  test('on the bytes of a batch of several messages: beyond, it is ERR_MALFORMED_FRAME, and none is delivered', async () => {
    const { raw, codes, log } = await chatting()
    // Two bytes for the length of the second message, three for that of the first.
    const long = 'x'.repeat(FULL_BYTES - 130 - 3 - 2)
    raw.send(data(7, long, 'y'.repeat(130)))
    await settled()
    expect([log.length, codes()]).toEqual([3, []])
    raw.send(data(7, long, 'y'.repeat(131)))
    await settled()
    expect([log.length, codes()]).toEqual([3, ['ERR_MALFORMED_FRAME']])
  })

  test('on the messages of a batch: one more is ERR_MALFORMED_FRAME, and none is delivered', async () => {
    const { raw, codes, log } = await chatting()
    const messages = Array<string>(MAX_BATCH_MESSAGES).fill('x')
    raw.send(data(7, ...messages))
    await settled()
    expect([log.length, codes()]).toEqual([1 + MAX_BATCH_MESSAGES, []])
    raw.send(data(7, ...messages, 'one more'), data(7, 'next'))
    await settled()
    expect(log.slice(1 + MAX_BATCH_MESSAGES)).toEqual(['next'])
    expect(codes()).toEqual(['ERR_MALFORMED_FRAME'])
  })

  test('on our own descriptor: defineTopic throws ERR_INVALID_ARGUMENT', () => {
    const named = (bytes: number) => ({ ...plainJson, name: 'x'.repeat(bytes - ' > batch'.length) })
    expect(Buffer.byteLength(defineTopic({ codec: named(255) }).descriptor)).toBe(255)
    expect(() => defineTopic({ codec: named(256) })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' })
    )
  })

  test('on messages that wait for a peer to say what it is in: ERR_PEER_CONGESTED, empty ones as well', async () => {
    for (const [message, most] of [
      [Buffer.alloc(1000), 9],
      [Buffer.alloc(0), 157]
    ] as const) {
      const met = await encounter({ maxQueuedBytes: 10_000 })
      const { room } = joinChat(met)
      met.raw.send(hello(1))
      await settled()
      const key = met.raw.stream.publicKey ?? ''
      let held = 0
      const refused = expect.objectContaining({ code: 'ERR_PEER_CONGESTED', topic: 'chat' })
      expect(() => {
        while (held < 1000) {
          room.send(message, key)
          held++
        }
      }).toThrow(refused)
      expect([held, met.codes()]).toEqual([most, []])
      met.raw.send(synced())
      await settled()
      expect(met.codes()).toEqual(Array(held).fill('ERR_PEER_NOT_IN_TOPIC'))
      expect(met.raw.of('data')).toEqual([])
    }
  })
})

describe('ten thousand topics', () => {
  const join = (met: { sockets: Encounter['sockets'] }, from: number, to: number) => {
    for (let n = from; n < to; n++) met.sockets.join(`room ${n}`, { private: true })
  }

  test('join in bytes linear in their number, and one more costs 40 at most', async () => {
    const met = await encounter()
    met.raw.send(hello(1), synced())
    await settled()
    const costs: number[] = []
    for (let thousand = 0; thousand < 10; thousand++) {
      const before = met.stream.bytesSent
      join(met, thousand * 1000, (thousand + 1) * 1000)
      await settled()
      costs.push(met.stream.bytesSent - before)
    }
    expect(Math.max(...costs)).toBeLessThanOrEqual(24 * 1000)
    expect(Math.min(...costs)).toBeGreaterThanOrEqual(18 * 1000)
    const before = met.stream.bytesSent
    join(met, 10_000, 10_001)
    await settled()
    expect(met.stream.bytesSent - before).toBeLessThanOrEqual(40)
    expect(met.raw.of('open')).toHaveLength(10_001)
  })

  test('are given back by leaving, on both sides: there is room for as many others again', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    const room = bob.sockets.join('room 5', { private: true })
    await settled()
    const [stream] = network.streams(0, 1)
    const costs: number[] = []
    for (let round = 0; round < 2; round++) {
      const before = stream.bytesSent
      join(ada, 0, 10_000)
      await settled()
      costs.push(stream.bytesSent - before)
      expect([room.peers.size, ada.sockets.stats.topics.size]).toEqual([1, 10_000])
      ada.sockets.leave()
      await settled()
      expect([room.peers.size, ada.sockets.stats.topics.size]).toEqual([0, 0])
    }
    // The second ten thousand have larger ids, of a byte more at most.
    expect((costs[1] ?? 0) - (costs[0] ?? 0)).toBeLessThanOrEqual(10_000)
    // Together they are more than the peer takes at a time.
    expect([...ada.codes(), ...bob.codes()]).toEqual([])
    const heard = vi.fn()
    ada.sockets.join('room 5', { private: true, onmessage: heard })
    await settled()
    room.send('still at your service', keyOf(ada))
    await settled()
    expect(heard).toHaveBeenCalledOnce()
  })
})
