import { describe, expect, test, vi } from 'vitest'
import { Peersockets } from '../peersockets.js'
import { plainJson } from '../test-support/codecs.js'
import { keyOf, parties, settled } from '../test-support/parties.js'
import {
  close,
  data,
  type Encounter,
  encounter,
  frameOf,
  hello,
  instanceOf,
  open,
  ping,
  pong,
  RAW_PIPELINE,
  type RawPeer,
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
  met.raw.send(met.raw.hello(1), synced())
  await settled()
  const number = await met.raw.join('chat', 7)
  return { ...met, ...chat, number }
}

describe('an opening', () => {
  test('begins with HELLO; what we are in follows only once the peer has greeted', async () => {
    const met = await encounter()
    joinChat(met)
    await settled()
    const greeting = { kind: 'hello', instance: met.raw.remote, maxTopics: MAX_REMOTE_TOPICS }
    // Itself, while it has not heard of anybody.
    expect(met.raw.heard).toEqual([{ ...greeting, addressee: met.raw.remote }])
    met.raw.send(met.raw.hello(1))
    await settled()
    expect(met.raw.heard.slice(1)).toEqual([
      { ...greeting, addressee: instanceOf(1) },
      { kind: 'open', number: 1, tag: expect.any(Buffer) },
      { kind: 'synced' }
    ])
  })

  test('accepts a topic under the number that the peer gave it, with our pipeline, and vouches for it', async () => {
    const { raw, number, room, log } = await chatting()
    const [accepted, ...others] = raw.of('accept')
    expect(others).toEqual([])
    expect(accepted).toMatchObject({ number: 7, acceptance: { distance: 0, pipelineId: RAW_PIPELINE } })
    expect(accepted && raw.isTrue('chat', accepted, number)).toBe(true)
    expect(room.peers.size).toBe(1)
    raw.send(data(7, 'hello', 'there'))
    await settled()
    expect(log).toEqual(['joins', 'hello', 'there'])
    room.broadcast('hello yourself')
    await settled()
    expect(raw.of('data')).toEqual([
      { kind: 'data', number, body: sequenceOf([Buffer.from('hello yourself')]) }
    ])
  })

  test('is as good in the other order: the peer opens first, and we join later', async () => {
    const met = await encounter()
    met.raw.send(met.raw.hello(1), open(7, met.raw.tag('chat')), synced())
    await settled()
    const { room, log } = joinChat(met)
    await settled()
    expect(met.raw.heard.slice(3)).toMatchObject([
      { kind: 'open', number: 1 },
      { kind: 'accept', number: 7, acceptance: { distance: 0, pipelineId: RAW_PIPELINE } }
    ])
    expect(room.peers.size).toBe(0)
    met.raw.send(met.raw.accept('chat', 7), data(7, 'hello'))
    await settled()
    expect(log).toEqual(['joins', 'hello'])
  })
})

describe('somebody who does not know the name', () => {
  test('is not in the topic by accepting it: no presence, no data either way', async () => {
    const met = await encounter()
    const { room, log } = joinChat(met)
    met.raw.send(met.raw.hello(1), synced())
    await settled()
    const [{ number } = { number: -1 }] = met.raw.of('open')
    const accept = met.raw.accept('another name', 1, { to: number })
    met.raw.send(accept, data(number, 'believe me'), data(0, 'or me'))
    await settled()
    expect([log, room.peers.size, room.broadcast('secret')]).toEqual([[], 0, 0])
    expect(() => room.send('secret', met.raw.stream.publicKey ?? '')).toThrow(
      expect.objectContaining({ code: 'ERR_PEER_NOT_IN_TOPIC', topic: 'chat' })
    )
    await settled()
    expect([met.raw.of('data'), met.codes()]).toEqual([[], []])
  })

  test('is not in the topic by sending our tag back to us', async () => {
    const met = await encounter()
    const { room, log } = joinChat(met)
    met.raw.send(met.raw.hello(1), synced())
    await settled()
    const [{ number, tag } = { number: -1, tag: Buffer.alloc(0) }] = met.raw.of('open')
    met.raw.send(open(7, tag), met.raw.accept('chat', 7, { to: number }), data(7, 'believe me'))
    await settled()
    expect([log, room.peers.size, met.raw.of('accept')]).toEqual([[], 0, []])
    expect(met.codes()).toEqual([])
  })

  test('is not in the topic with a tag that was good on another connection', async () => {
    const first = await encounter()
    joinChat(first)
    const met = await encounter()
    const { room } = joinChat(met)
    met.raw.send(met.raw.hello(1), open(7, first.raw.tag('chat')), met.raw.accept('chat', 7), synced())
    await settled()
    expect([room.peers.size, met.raw.of('accept')]).toEqual([0, []])
  })

  test('is not in the topic with an ACCEPT that he cannot vouch for, and we are told: ERR_BAD_SIGNATURE', async () => {
    const met = await encounter()
    const { room, log } = joinChat(met)
    met.raw.send(met.raw.hello(1), synced())
    await settled()
    const forged = met.raw.accept('another name', 7, { to: 1 })
    met.raw.send(open(7, met.raw.tag('chat')), forged, data(7, 'believe me'))
    await settled()
    expect([log, room.peers.size, met.codes()]).toEqual([[], 0, ['ERR_BAD_SIGNATURE']])
    // Who can is not kept from it.
    met.raw.send(met.raw.accept('chat', 7), data(7, 'hello'))
    await settled()
    expect([log, room.peers.size, met.codes()]).toEqual([['joins', 'hello'], 1, ['ERR_BAD_SIGNATURE']])
  })

  test('is not in the topic when he knows the name, and not the secret', async () => {
    const met = await encounter()
    const secret = Buffer.from('open sesame, and be quick')
    const room = met.sockets.join(defineTopic({ name: 'chat', secret }))
    met.raw.send(met.raw.hello(1), open(7, met.raw.tag('chat')), met.raw.accept('chat', 7))
    await settled()
    expect([room.peers.size, met.raw.numbersOf('chat')]).toEqual([0, []])
    // A tag without the knowledge of what it was made with is not enough either.
    met.raw.send(open(8, met.raw.tag('chat', secret)), met.raw.accept('chat', 8, { to: 1 }))
    await settled()
    expect([room.peers.size, met.codes()]).toEqual([0, ['ERR_BAD_SIGNATURE']])
    met.raw.send(met.raw.accept('chat', 8, { secret }))
    await settled()
    expect([room.peers.size, met.raw.numbersOf('chat', secret)]).toEqual([1, [1]])
  })
})

describe('a member', () => {
  test('that opened and did not accept yet has no presence; its data is passed over, then and later', async () => {
    const met = await encounter()
    const { room, log } = joinChat(met)
    met.raw.send(met.raw.hello(1), open(7, met.raw.tag('chat')), data(7, 'early'))
    await settled()
    expect([log, room.peers.size]).toEqual([[], 0])
    met.raw.send(met.raw.accept('chat', 7), data(7, 'in time'))
    await settled()
    expect(log).toEqual(['joins', 'in time'])
    expect(met.codes()).toEqual([])
  })

  test('that sends before it has accepted leaves nothing that waits for middleware', async () => {
    const met = await encounter()
    const received: string[] = []
    const receive = (frame: Buffer) => {
      received.push(frame.toString())
      return frame
    }
    const counting = { name: 'counting', open: () => ({ send: (frame: Buffer) => frame, receive }) }
    met.sockets.join(defineTopic({ name: 'chat', middleware: [counting], batch: false }))
    met.raw.send(met.raw.hello(1), open(7, met.raw.tag('chat')))
    for (let n = 0; n < 100; n++) met.raw.send(data(7, 'x'.repeat(1000)))
    await settled()
    met.raw.send(met.raw.accept('chat', 7, { pipelineId: 'raw > counting' }))
    met.raw.send(frameOf(KIND.data, 7, Buffer.from('in time')))
    await settled()
    expect([received, met.codes()]).toEqual([['in time'], []])
  })

  test('that accepts, and then sends under another number than it said, is not heard', async () => {
    const met = await encounter()
    const { log } = joinChat(met)
    met.raw.send(met.raw.hello(1), open(7, met.raw.tag('chat')), met.raw.accept('chat', 7, { number: 9 }))
    met.raw.send(data(7, 'no'), data(8, 'no'), data(9, 'yes'), data(10, 'no'))
    await settled()
    expect([log, met.codes()]).toEqual([['joins', 'yes'], []])
  })

  test('that accepts under a number which it has used for something else is refused: ERR_MALFORMED_FRAME', async () => {
    const met = await encounter()
    const { log } = joinChat(met)
    const { raw } = met
    raw.send(raw.hello(1), open(7, raw.tag('chat')), open(9, Buffer.alloc(16)))
    raw.send(raw.accept('chat', 7, { number: 9 }), raw.accept('chat', 7, { number: 8 }))
    await settled()
    expect([log, met.codes()]).toEqual([[], ['ERR_MALFORMED_FRAME', 'ERR_MALFORMED_FRAME']])
    raw.send(raw.accept('chat', 7), data(7, 'hello'))
    await settled()
    expect(log).toEqual(['joins', 'hello'])
  })

  test('that accepts again and again joins once', async () => {
    const { raw, log, codes } = await chatting()
    const accept = raw.accept('chat', 7)
    raw.send(accept, raw.accept('chat', 7, { pipelineId: 'another' }), accept, data(7, 'hello'))
    await settled()
    expect([log, codes()]).toEqual([['joins', 'hello'], []])
  })

  test('that closes has left, and may open again under a new number', async () => {
    const { raw, room, log } = await chatting()
    raw.send(close(7), data(7, 'from outside'))
    await settled()
    expect([log, room.peers.size]).toEqual([['joins', 'leaves'], 0])
    raw.send(open(9, raw.tag('chat')), raw.accept('chat', 9), data(9, 'back'))
    await settled()
    expect(log).toEqual(['joins', 'leaves', 'joins', 'back'])
  })

  test('with another pipeline is told apart at ACCEPT; its data is dropped, and none is sent', async () => {
    const met = await encounter()
    const { room, log } = joinChat(met)
    const other = met.raw.hello(1)
    met.raw.send(
      other,
      open(7, met.raw.tag('chat')),
      met.raw.accept('chat', 7, { pipelineId: 'msgpack > batch' }),
      data(7, 'x'),
      synced()
    )
    await settled()
    expect([log, room.broadcast('secret'), met.codes()]).toEqual([[], 0, ['ERR_PIPELINE_MISMATCH']])
    met.raw.send(met.raw.accept('chat', 7), data(7, 'x'))
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
    met.raw.send(met.raw.hello(1), synced())
    await settled()
    await met.raw.join('chat', 7, 'raw > counting')
    const message = (text: string) => frameOf(KIND.data, 7, Buffer.from(text))
    met.raw.send(message('in time'))
    await settled()
    void room.close()
    met.raw.send(message('too late'))
    await settled()
    expect([received, met.codes()]).toEqual([['in time'], []])
  })

  test('hears that we left, and of a topic that we join again as of a new one', async () => {
    const { raw, number, room, sockets } = await chatting()
    void room.close()
    await settled()
    expect(raw.of('close')).toEqual([{ kind: 'close', number }])
    sockets.join('chat', { private: true })
    await settled()
    expect(raw.numbersOf('chat')).toEqual([number, number + 1])
    expect(raw.of('accept').map(frame => frame.number)).toEqual([7, 7])
    const values = raw.of('accept').map(({ acceptance }) => acceptance.value.toString('hex'))
    expect(new Set(values).size).toBe(2)
  })
})

describe('a CLOSE of ours that the peer has missed', () => {
  test('is sent again when it goes on as if we were in the topic: once a packet', async () => {
    const { raw, number, room, log, codes } = await chatting()
    void room.close()
    await settled()
    raw.send(data(7, 'a'), data(7, 'b'))
    await settled()
    expect(raw.of('close')).toEqual([
      { kind: 'close', number },
      { kind: 'close', number }
    ])
    raw.send(data(7, 'c'))
    await settled()
    expect([raw.of('close').length, log, codes()]).toEqual([3, ['joins'], []])
  })

  test('is not sent again for what it has never had, has closed itself, or has open with us once more', async () => {
    const { raw, room, sockets } = await chatting()
    void room.close()
    await settled()
    raw.send(data(99, 'x'), data(0, 'x'), open(8, raw.tag('other')), data(8, 'x'))
    await settled()
    expect(raw.of('close').length).toBe(1)
    const again = sockets.join('chat', { private: true })
    raw.send(data(7, 'x'))
    await settled()
    raw.send(raw.accept('chat', 7), data(7, 'hello'))
    await settled()
    expect([raw.of('close').length, again.peers.size]).toEqual([1, 1])
    void again.close()
    raw.send(close(7), data(7, 'x'))
    await settled()
    expect(raw.of('close').length).toBe(2)
  })
})

describe('a greeting', () => {
  test('must come first: what comes before it is passed over', async () => {
    const met = await encounter()
    const { log } = joinChat(met)
    const { raw } = met
    raw.send(open(7, raw.tag('chat')), raw.accept('chat', 7), synced(), data(7, 'x'), close(7), ping(1))
    await settled()
    expect([log, raw.of('open'), raw.of('pong'), met.codes()]).toEqual([[], [], [], []])
    raw.send(raw.hello(1), open(7, raw.tag('chat')), raw.accept('chat', 7), data(7, 'hello'))
    await settled()
    expect([log, met.codes()]).toEqual([['joins', 'hello'], []])
  })

  test('must be for us: after one for nobody or somebody else we answer, and do not listen', async () => {
    for (const addressee of [Buffer.alloc(8), instanceOf(9)]) {
      const met = await encounter()
      const { log } = joinChat(met)
      const { raw } = met
      const ours = raw.hello(1)
      raw.send(hello(1, addressee), open(7, raw.tag('chat')), raw.accept('chat', 7), data(7, 'x'), ping(1))
      await settled()
      expect(raw.of('hello').at(-1)).toMatchObject({ addressee: instanceOf(1) })
      expect([raw.of('open').length, raw.of('synced').length]).toEqual([1, 1])
      expect([log, raw.of('accept'), raw.of('pong'), met.codes()]).toEqual([[], [], [], []])
      raw.send(ours, open(7, raw.tag('chat')), raw.accept('chat', 7), data(7, 'hello'))
      await settled()
      expect([log, met.codes()]).toEqual([['joins', 'hello'], []])
    }
  })

  test('of the same instance a second time changes nothing, whomever it is for', async () => {
    const { raw, log, room } = await chatting()
    const before = raw.heard.length
    raw.send(hello(1), hello(1, instanceOf(9)), raw.hello(1, 0), data(7, 'still here'))
    await settled()
    expect([log, room.peers.size]).toEqual([['joins', 'still here'], 1])
    expect(raw.heard.length).toBe(before)
  })

  test('of another instance makes void all that was, and is answered from the beginning', async () => {
    const { raw, number, log, room } = await chatting()
    const before = raw.heard.length
    const [old] = raw.of('accept')
    raw.send(raw.hello(2), data(7, 'of the old instance'))
    await settled()
    expect([log, room.peers.size]).toEqual([['joins', 'leaves'], 0])
    expect(raw.heard.slice(before)).toEqual([
      { ...raw.of('hello')[0], addressee: instanceOf(2) },
      ...raw.of('open').slice(-1),
      { kind: 'synced' }
    ])
    expect(raw.numbersOf('chat')).toEqual([number, number])
    raw.send(open(7, raw.tag('chat')), raw.accept('chat', 7), data(7, 'of the new one'))
    await settled()
    expect(log).toEqual(['joins', 'leaves', 'joins', 'of the new one'])
    // The numbers are those of before, and nothing else.
    const accepted = raw.of('accept').at(-1)
    expect(accepted?.number).toBe(7)
    expect(accepted?.acceptance.check).not.toEqual(old?.acceptance.check)
  })
})

describe('a Peersockets that takes the place of one that was stopped', () => {
  async function replaced() {
    const met = await chatting()
    const { network, sockets } = met
    const before = met.raw.remote
    // He does not answer its PING.
    await sockets.stop({ timeout: 0 })
    const [networker] = network.networkers
    if (networker === undefined) throw new RangeError('A network has a peer.')
    const next = new Peersockets(networker)
    const chat = joinChat({ sockets: next })
    await settled()
    return { ...met, ...chat, next, before }
  }

  test('is another instance, which is told nothing that was meant for its predecessor', async () => {
    const { raw, log, room, next, before } = await replaced()
    expect(raw.remote).not.toEqual(before)
    raw.send(hello(1, before), open(8, raw.tag('chat')), data(7, 'x'), data(8, 'x'), synced())
    await settled()
    expect([log, room.peers.size, raw.of('accept').length, next.stats.rejected]).toEqual([[], 0, 1, {}])
    raw.send(raw.hello(1), open(9, raw.tag('chat')), raw.accept('chat', 9), data(9, 'hello'), synced())
    await settled()
    expect([log, room.peers.size, next.stats.rejected]).toEqual([['joins', 'hello'], 1, {}])
  })

  test('does not take what the peer has accepted of its predecessor for its own', async () => {
    const { raw, log, room, next, before } = await replaced()
    const meant = raw.remote
    // The same numbers, the same topic, another instance.
    const [heard] = raw.of('hello')
    if (heard !== undefined) raw.heard.push({ ...heard, instance: before })
    const old = raw.accept('chat', 8, { to: 1 })
    raw.heard.pop()
    expect(raw.remote).toEqual(meant)
    raw.send(raw.hello(1), open(8, raw.tag('chat')), old, data(8, 'x'))
    await settled()
    expect([log, room.peers.size, next.stats.rejected]).toEqual([[], 0, { ERR_BAD_SIGNATURE: 1 }])
    raw.send(raw.accept('chat', 8), data(8, 'hello'))
    await settled()
    expect([log, room.peers.size]).toEqual([['joins', 'hello'], 1])
  })
})

describe('a frame out of place', () => {
  test('OPEN of a number that is not above all that were used is ERR_MALFORMED_FRAME, and both begin anew', async () => {
    for (const number of [7, 6, 1]) {
      const { raw, codes, log } = await chatting()
      const before = { remote: raw.remote, heard: raw.heard.length }
      raw.send(open(number, raw.tag('other')), open(9, raw.tag('other')), data(7, 'no'))
      await settled()
      expect([log, codes()]).toEqual([['joins', 'leaves'], ['ERR_MALFORMED_FRAME']])
      expect(raw.heard.slice(before.heard).map(({ kind }) => kind)).toEqual(['hello'])
      expect(raw.remote).not.toEqual(before.remote)
      raw.send(raw.hello(1), open(1, raw.tag('chat')), raw.accept('chat', 1), data(1, 'yes'))
      await settled()
      expect(log.slice(2)).toEqual(['joins', 'yes'])
    }
  })

  test('OPEN of such a number, again and again, is answered no more often than a peer that begins anew', async () => {
    const { raw, codes } = await chatting()
    for (let n = 0; n < 100; n++) {
      raw.send(raw.hello(1), open(1, raw.tag('chat')), open(1, raw.tag('chat')))
      await settled()
    }
    expect(raw.of('hello').length).toBeLessThanOrEqual(2 * 16 + 1)
    expect(codes().filter(code => code === 'ERR_LIMIT_EXCEEDED')).toEqual(['ERR_LIMIT_EXCEEDED'])
  })

  test('OPEN of a topic that the peer has open already is a second match of it', async () => {
    const { raw, codes, log, number } = await chatting()
    raw.send(open(8, raw.tag('chat')), raw.accept('chat', 8), data(8, 'two'), data(7, 'one'))
    await settled()
    expect([log, codes()]).toEqual([['joins', 'two', 'one'], []])
    const numbers = raw.of('accept').map(accepted => [accepted.number, number + accepted.acceptance.distance])
    expect(numbers).toEqual([
      [7, number],
      [8, number + 1]
    ])
    raw.send(close(7))
    await settled()
    expect(log).toEqual(['joins', 'two', 'one'])
    raw.send(close(8))
    await settled()
    expect(log.at(-1)).toBe('leaves')
  })

  test('a packet of frames that are none is reported once', async () => {
    const { raw, codes, log } = await chatting()
    raw.send(...Array(1000).fill(Buffer.alloc(0)), data(7, 'yes'))
    await settled()
    expect([codes(), log]).toEqual([['ERR_MALFORMED_FRAME'], ['joins', 'yes']])
  })

  test.each([
    ['CLOSE of a number that is not open', () => close(99)],
    ['CLOSE of the number 0', () => close(0)],
    ['DATA of a number that is not open', () => data(99, 'x')],
    ['DATA of the number 0', () => data(0, 'x')],
    ['ACCEPT of a number that we never gave', (raw: RawPeer) => raw.accept('chat', 7, { to: 99 })],
    ['ACCEPT of the number 0', (raw: RawPeer) => raw.accept('chat', 7, { to: 0 })],
    [
      'ACCEPT of what is complete, and nothing true in it',
      (raw: RawPeer) => raw.accept('other', 7, { to: 1 })
    ],
    ['SYNCED once more', () => synced()],
    ['PONG that nobody has asked for', () => pong(1)],
    ['a kind that is not known yet', () => frameOf(6, 7, Buffer.from('later'))],
    ['another kind that is not known yet', () => frameOf(7)],
    ['HELLO of the same instance with more behind it', () => Buffer.concat([hello(1), Buffer.from('later')])]
  ])('is passed over without a word: %s', async (_what, write) => {
    const { raw, codes, log } = await chatting()
    const before = raw.heard.length
    raw.send(write(raw), data(7, 'hello'))
    await settled()
    expect([log, codes()]).toEqual([['joins', 'hello'], []])
    expect(raw.heard.length).toBe(before)
  })

  test.each([
    ['an empty frame', Buffer.alloc(0)],
    ['a header that is no number', Buffer.from([0x80, 0x00])],
    ['HELLO without an addressee', frameOf(KIND.hello, 0, Buffer.alloc(8))],
    ['HELLO without a limit', frameOf(KIND.hello, 0, Buffer.alloc(16))],
    ['HELLO with an id', frameOf(KIND.hello, 1, Buffer.alloc(17))],
    ['OPEN of the number 0', open(0, Buffer.alloc(16))],
    ['OPEN with a tag of 15 bytes', open(8, Buffer.alloc(15))],
    ['OPEN with a tag of 17 bytes', open(8, Buffer.alloc(17))],
    ['OPEN with a tag of 60 KiB', open(8, Buffer.alloc(60 * 1024))],
    ['ACCEPT with a pipeline id of 256 bytes', frameOf(KIND.accept, 1, Buffer.alloc(15 + 256, 1))],
    [
      'ACCEPT with what is no UTF-8',
      frameOf(KIND.accept, 1, Buffer.concat([Buffer.alloc(15, 1), Buffer.of(0xff)]))
    ],
    ['ACCEPT that is cut off', frameOf(KIND.accept, 1, Buffer.alloc(14, 1))],
    ['SYNCED with a body', frameOf(KIND.synced, 0, Buffer.alloc(1))],
    ['CLOSE with a body', frameOf(KIND.close, 7, Buffer.alloc(1))],
    ['PING without a token', frameOf(KIND.ping)],
    ['PONG with more than a token', frameOf(KIND.ping, 1, Buffer.alloc(2))]
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
    raw.send(raw.hello(1))
    for (let n = 1; n <= MAX_REMOTE_TOPICS; n++) raw.send(open(n, tag(n)))
    await settled()
    expect(met.codes()).toEqual([])
    const mine = (n: number) => [open(n, raw.tag('chat')), raw.accept('chat', n)]
    raw.send(...mine(MAX_REMOTE_TOPICS + 1))
    await settled()
    expect([met.codes(), log]).toEqual([['ERR_LIMIT_EXCEEDED'], []])
    raw.send(close(5), ...mine(MAX_REMOTE_TOPICS + 2))
    await settled()
    expect([met.codes(), log]).toEqual([['ERR_LIMIT_EXCEEDED'], ['joins']])
  })

  test('on topics that the peer takes is kept to, and told: ERR_LIMIT_EXCEEDED with the topic', async () => {
    const met = await encounter()
    const errors: unknown[] = []
    met.sockets.on('reject', error => errors.push(error))
    met.raw.send(met.raw.hello(1, 2))
    await settled()
    const rooms = ['a', 'b', 'c'].map(name => met.sockets.join(name, { private: true }))
    await settled()
    expect(met.raw.of('open').map(({ number }) => number)).toEqual([1, 2])
    expect(errors).toEqual([expect.objectContaining({ code: 'ERR_LIMIT_EXCEEDED', topic: 'c' })])
    void rooms[0]?.close()
    met.sockets.join('d', { private: true })
    await settled()
    expect(met.raw.numbersOf('d')).toHaveLength(1)
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

  test('on our own pipeline id: defineTopic throws ERR_INVALID_ARGUMENT', () => {
    const named = (bytes: number) => ({ ...plainJson, name: 'x'.repeat(bytes - ' > batch'.length) })
    expect(Buffer.byteLength(defineTopic({ codec: named(255) }).pipelineId)).toBe(255)
    expect(() => defineTopic({ codec: named(256) })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' })
    )
  })

  test('on messages that wait for a peer to say what it is in: ERR_PEER_CONGESTED, empty ones as well', async () => {
    for (const [message, most] of [
      [Buffer.alloc(1000), 9],
      [Buffer.alloc(0), 157]
    ] as const) {
      const met = await encounter({ maxQueuedBytes: 10_000, highWaterMark: 1 })
      const { room } = joinChat(met)
      met.raw.send(met.raw.hello(1))
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
    met.raw.send(met.raw.hello(1), synced())
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
      await ada.sockets.leave()
      await settled()
      expect([room.peers.size, ada.sockets.stats.topics.size]).toEqual([0, 0])
    }
    // The second ten thousand have larger numbers, of a byte more at most.
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
