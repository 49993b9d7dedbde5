import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { plainJson } from '../test-support/codecs.js'
import { settled } from '../test-support/parties.js'
import {
  close,
  data,
  type Encounter,
  encounter,
  hello,
  open,
  ping,
  pong,
  type RawPeer,
  sequenceOf,
  synced
} from '../test-support/raw-peer.js'
import { defineTopic } from '../topic/definition.js'
import {
  EARLY_TIMEOUT_MS,
  FULL_BYTES,
  GREETING_INTERVAL_MS,
  MAX_FAILED_CHECKS,
  MAX_GREETINGS,
  MAX_MATCHES,
  MAX_UNREAD_BYTES
} from './bounds.js'
import { TopicTags } from './tag.js'

describe('a peer that asks, and does not read the answers', () => {
  test('costs bounded memory, however often it greets as another instance', async () => {
    const { sockets, raw, stream, codes } = await encounter()
    for (let n = 0; n < 1000; n++) sockets.join(`room ${n}`, { private: true })
    raw.send(hello(9))
    await settled()
    stream.pause()
    for (let n = 0; n < 5; n++)
      raw.sendPacket(sequenceOf(Array.from({ length: 1000 }, (_, at) => hello(1 + (at % 2)))))
    await settled()
    expect(stream._readableState.buffered).toBeLessThanOrEqual(MAX_GREETINGS * 1000 * 24)
    expect(new Set(codes())).toEqual(new Set(['ERR_LIMIT_EXCEEDED']))
  })

  test('costs bounded memory, however often it announces the wire and takes that back', async () => {
    const { raw, stream, codes } = await encounter()
    await settled()
    stream.pause()
    const greeted = stream._readableState.buffered
    for (let n = 0; n < 5000; n++) {
      for (const extensions of [[], ['peersockets/v1']]) raw.stream.state.options(0, { extensions })
    }
    await settled()
    expect(stream._readableState.buffered - greeted).toBeLessThanOrEqual(MAX_GREETINGS * 40)
    expect(new Set(codes())).toEqual(new Set(['ERR_LIMIT_EXCEEDED']))
  })

  test('costs bounded memory, however often it opens and closes a topic that we accept', async () => {
    const { sockets, raw, stream, codes } = await encounter()
    const long = { ...plainJson, name: 'x'.repeat(240) }
    sockets.join(defineTopic({ name: 'chat', codec: long }))
    raw.send(raw.hello(1))
    await settled()
    stream.pause()
    const tag = raw.tag('chat')
    for (let n = 0; n < 150; n++) {
      const again = Array.from({ length: 2400 }, (_, at) => 2400 * n + at + 1)
      raw.sendPacket(sequenceOf(again.flatMap(number => [open(number, tag), close(number)])))
    }
    await settled()
    expect(stream._readableState.buffered).toBeLessThanOrEqual(MAX_UNREAD_BYTES + 2 * FULL_BYTES)
    expect(new Set(codes())).toEqual(new Set(['ERR_LIMIT_EXCEEDED']))
  })
})

/** A peer that is `chat` with us as instance `n`, and says something; what it says is heard, or not. */
async function visit({ raw }: Pick<Encounter, 'raw'>, n: number): Promise<void> {
  raw.send(raw.hello(n), open(7, raw.tag('chat')))
  await settled()
  raw.send(raw.accept('chat', 7), data(7, 'hello'))
  await settled()
}

describe('a peer that begins anew', () => {
  const setUp = async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const met = await encounter()
    const heard = vi.fn()
    const room = met.sockets.join('chat', { private: true, onmessage: heard })
    await settled()
    return { ...met, room, heard: () => heard.mock.calls.length }
  }

  test('is met again at once, the first 15 times', async () => {
    const met = await setUp()
    for (let n = 1; n <= MAX_GREETINGS; n++) {
      await visit(met, n)
      expect([met.room.peers.size, met.heard(), met.codes()]).toEqual([1, n, []])
    }
  })

  test('is answered again after 2 seconds when it does so more often, and told anew all that we are in', async () => {
    const met = await setUp()
    const { raw, room } = met
    for (let n = 1; n <= MAX_GREETINGS; n++) await visit(met, n)
    const before = { instance: raw.remote, hellos: raw.of('hello').length }
    await visit(met, 50)
    await visit(met, 51)
    // It is in nothing then, and we do not answer it.
    expect([room.peers.size, met.heard(), met.codes()]).toEqual([0, MAX_GREETINGS, ['ERR_LIMIT_EXCEEDED']])
    expect(raw.of('hello').length).toBe(before.hellos)
    vi.advanceTimersByTime(GREETING_INTERVAL_MS - 1)
    await settled()
    expect(raw.of('hello').length).toBe(before.hellos)
    vi.advanceTimersByTime(1)
    await settled()
    // What it has said to the instance that we were before is not believed.
    expect(raw.of('hello').length).toBe(before.hellos + 1)
    expect(raw.remote).not.toEqual(before.instance)
    await visit(met, 51)
    expect([room.peers.size, met.heard(), met.codes().length]).toEqual([1, MAX_GREETINGS + 1, 1])
  })

  test('is met the hundredth time too, when 2 seconds lie between', async () => {
    const met = await setUp()
    for (let n = 1; n <= 100; n++) {
      await visit(met, n)
      expect([met.room.peers.size, met.heard()]).toEqual([1, n])
      vi.advanceTimersByTime(GREETING_INTERVAL_MS)
    }
    expect(met.codes()).toEqual([])
  })

  test('is told all our topics 16 times at most at once, and once every 2 seconds after that', async () => {
    const { raw } = await setUp()
    for (let n = 1; n < 200; n++) {
      raw.send(hello(n))
      await settled()
    }
    expect(raw.of('synced').length).toBe(MAX_GREETINGS)
    for (let seconds = 0; seconds < 60; seconds++) {
      raw.send(hello(seconds + 1))
      vi.advanceTimersByTime(1000)
      await settled()
    }
    expect(raw.of('synced').length).toBeLessThanOrEqual(MAX_GREETINGS + 30)
    expect(raw.of('synced').length).toBeGreaterThan(MAX_GREETINGS + 10)
  })

  test('leaves no timer when we let go of the connection while it waits', async () => {
    const met = await setUp()
    for (let n = 1; n < 20; n++) await visit(met, n)
    expect(vi.getTimerCount()).toBeGreaterThan(0)
    const stopped = met.sockets.stop({ timeout: 0 })
    vi.advanceTimersByTime(0)
    await stopped
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('a peer that takes its announcement back and makes it anew', () => {
  test('as the instance that it was finds another one here, so that both tell all anew', async () => {
    const { sockets, raw, codes } = await encounter()
    const heard = vi.fn()
    const room = sockets.join('chat', { private: true, onmessage: heard })
    await visit({ raw }, 1)
    const before = raw.remote
    raw.stream.state.options(0, { extensions: [] })
    await settled()
    expect(room.peers.size).toBe(0)
    raw.stream.state.options(0, { extensions: ['peersockets/v1'] })
    await settled()
    expect(raw.remote).not.toEqual(before)
    await visit({ raw }, 1)
    expect([room.peers.size, heard.mock.calls.length, codes()]).toEqual([1, 2, []])
  })

  test('and says HELLO after that has begun anew once, and not twice', async () => {
    const { sockets, raw, codes } = await encounter()
    const room = sockets.join('chat', { private: true })
    for (let n = 1; n <= MAX_GREETINGS; n++) {
      await visit({ raw }, n)
      expect([room.peers.size, codes()]).toEqual([1, []])
      for (const extensions of [[], ['peersockets/v1']]) raw.stream.state.options(0, { extensions })
      await settled()
    }
    expect(codes()).toEqual(['ERR_LIMIT_EXCEEDED'])
  })
})

describe('a peer that opens one topic', () => {
  test('as often as may be has a match each time, and one more is told: ERR_LIMIT_EXCEEDED with the topic', async () => {
    const { sockets, raw } = await encounter()
    const [errors, heard]: [unknown[], string[]] = [[], []]
    sockets.on('reject', error => errors.push(error))
    const room = sockets.join('chat', { private: true, onmessage: text => heard.push(text.toString()) })
    const tag = raw.tag('chat')
    const numbers = Array.from({ length: MAX_MATCHES }, (_, n) => n + 1)
    raw.send(raw.hello(1), ...numbers.map(number => open(number, tag)), synced())
    await settled()
    for (const number of numbers) raw.send(raw.accept('chat', number), data(number, `as ${number}`))
    await settled()
    expect(heard).toEqual(numbers.map(number => `as ${number}`))
    expect(room.peers.size).toBe(1)
    room.broadcast('hello')
    await settled()
    // Each of them is somebody of its own there, who has a number of its own.
    const accepted = raw.of('accept').map(({ acceptance }) => acceptance.distance + 1)
    expect(new Set(accepted).size).toBe(MAX_MATCHES)
    expect(raw.of('data').map(({ number }) => number)).toEqual(accepted)
    expect(errors).toEqual([])
    raw.send(open(99, tag))
    await settled()
    raw.send(raw.accept('chat', 99), data(99, 'one too many'))
    await settled()
    expect([heard.length, raw.of('accept').length]).toEqual([MAX_MATCHES, MAX_MATCHES])
    expect(errors).toEqual([expect.objectContaining({ code: 'ERR_LIMIT_EXCEEDED', topic: 'chat' })])
    for (const number of numbers) raw.send(close(number))
    await settled()
    expect(room.peers.size).toBe(0)
  })

  test('thousands of times costs no more than as many topics, and one report for each when we join', async () => {
    const { sockets, raw, codes } = await encounter()
    const tag = raw.tag('chat')
    raw.send(raw.hello(1))
    for (let n = 0; n < 5; n++)
      raw.send(...Array.from({ length: 2000 }, (_, at) => open(2000 * n + at + 1, tag)))
    await settled()
    const room = sockets.join('chat', { private: true })
    await settled()
    expect(raw.of('accept').length).toBe(MAX_MATCHES)
    expect(codes()).toEqual(['ERR_LIMIT_EXCEEDED'])
    void room.close()
    sockets.join('chat', { private: true })
    await settled()
    expect(raw.of('accept').length).toBe(2 * MAX_MATCHES)
    expect(codes()).toEqual(['ERR_LIMIT_EXCEEDED', 'ERR_LIMIT_EXCEEDED'])
  })
})

describe('a peer that accepts one topic with checks that do not fit', () => {
  test.each([
    ['wrong ones', (raw: RawPeer) => raw.accept('other', 1, { to: 1 })],
    ['right ones, under a number that it may not use', (raw: RawPeer) => raw.accept('chat', 1, { number: 3 })]
  ])('has a bounded number of them looked at: %s', async (_what, write) => {
    const { sockets, raw, codes } = await encounter()
    const room = sockets.join('chat', { private: true })
    const tag = raw.tag('chat')
    const numbers = Array.from({ length: MAX_MATCHES }, (_, n) => n + 1)
    raw.send(raw.hello(1), ...numbers.map(number => open(number, tag)), synced())
    await settled()
    const checks = vi.spyOn(TopicTags.prototype, 'vouches')
    for (let n = 0; n < 10; n++) raw.send(...Array<Buffer>(1000).fill(write(raw)))
    await settled()
    const looks = checks.mock.calls.length
    checks.mockRestore()
    expect(looks).toBeLessThanOrEqual(MAX_FAILED_CHECKS + MAX_MATCHES)
    expect(codes().length).toBeLessThanOrEqual(MAX_FAILED_CHECKS)
    // It is in the topic no more until that is opened anew; a new match is a new chance.
    void room.close()
    const again = sockets.join('chat', { private: true })
    await settled()
    raw.send(raw.accept('chat', 16))
    await settled()
    expect(again.peers.size).toBe(1)
  })

  test('and is honest has as many matches as may be, in whatever order it accepts them', async () => {
    const { sockets, raw, codes } = await encounter()
    const heard = vi.fn()
    sockets.join('chat', { private: true, onmessage: heard })
    const tag = raw.tag('chat')
    const numbers = Array.from({ length: MAX_MATCHES }, (_, n) => n + 1)
    raw.send(raw.hello(1), ...numbers.map(number => open(number, tag)), synced())
    await settled()
    for (const number of numbers.toReversed()) raw.send(raw.accept('chat', number), data(number, 'x'))
    await settled()
    expect([heard.mock.calls.length, codes()]).toEqual([MAX_MATCHES, []])
  })
})

describe('PING', () => {
  test('is answered with its token, once for a packet, with the last of it, behind all that it asks for', async () => {
    const { sockets, raw, codes } = await encounter()
    sockets.join('chat', { private: true })
    raw.send(raw.hello(1), ping(1))
    await settled()
    expect(raw.of('pong')).toEqual([{ kind: 'pong', token: 1 }])
    raw.send(ping(0), ping(300), ping(7), open(7, raw.tag('chat')))
    await settled()
    expect(raw.heard.slice(-2)).toMatchObject([{ kind: 'accept' }, { kind: 'pong', token: 7 }])
    expect(raw.of('pong').length).toBe(2)
    raw.send(ping(0xffff_ffff))
    await settled()
    expect(raw.of('pong').at(-1)).toEqual({ kind: 'pong', token: 0xffff_ffff })
    expect(codes()).toEqual([])
  })

  test('is not answered before its sender has addressed us', async () => {
    const { raw } = await encounter()
    raw.send(ping(1))
    raw.send(hello(1), ping(2))
    await settled()
    expect(raw.of('pong')).toEqual([])
    raw.send(raw.hello(1), ping(3))
    await settled()
    expect(raw.of('pong')).toEqual([{ kind: 'pong', token: 3 }])
  })

  test('costs bounded memory from a peer that does not read the answers', async () => {
    const { raw, stream, codes } = await encounter()
    raw.send(raw.hello(1))
    await settled()
    stream.pause()
    const greeted = stream._readableState.buffered
    // An empty frame is none; so a packet of one PING is about as long as the answer to it.
    for (let n = 0; n < 20_000; n++) raw.send(ping(n), ping(n))
    await settled()
    expect(stream._readableState.buffered - greeted).toBeLessThanOrEqual(20_000 * 12)
    expect(codes()).toEqual([])
  })

  /** Says something in a topic, and leaves it: who has said nothing has nothing to ask. Gives whether it has been left. */
  async function sayAndLeave({ sockets, raw }: Encounter, name: string, own: number): Promise<() => boolean> {
    const room = sockets.join(name, { private: true })
    await raw.join(name, own)
    expect(room.broadcast('goodbye')).toBe(1)
    let left = false
    void room.close().then(() => {
      left = true
    })
    await settled()
    return () => left
  }

  test('of ours waits for its own answer, or for one to a later question', async () => {
    const met = await encounter()
    const { raw } = met
    raw.send(raw.hello(1), synced())
    await settled()
    const left: (() => boolean)[] = []
    for (const [at, name] of ['a', 'b', 'c'].entries()) left.push(await sayAndLeave(met, name, at + 1))
    const count = () => left.filter(isLeft => isLeft()).length
    const [first = 0, second = 0, third = 0] = raw.of('ping').map(({ token }) => token)
    expect([first < second, second < third, count()]).toEqual([true, true, 0])
    raw.send(pong(first - 1))
    await settled()
    expect(count()).toBe(0)
    raw.send(pong(second))
    await settled()
    expect(count()).toBe(2)
    raw.send(pong(first), pong(second))
    await settled()
    expect(count()).toBe(2)
    raw.send(pong(third))
    await settled()
    expect(count()).toBe(3)
  })

  test.each([
    ['the peer begins anew', (raw: RawPeer) => raw.send(hello(2))],
    ['the connection ends', (raw: RawPeer) => raw.stream.destroy()]
  ])('of ours waits no longer when %s', async (_what, end) => {
    const met = await encounter()
    met.raw.send(met.raw.hello(1), synced())
    await settled()
    const isLeft = await sayAndLeave(met, 'chat', 1)
    expect(isLeft()).toBe(false)
    end(met.raw)
    await settled()
    expect(isLeft()).toBe(true)
  })
})

test('a message to a peer that opened the topic, and never accepts, is told to the caller in the end', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { sockets, raw, codes } = await encounter()
  const room = sockets.join('chat', { private: true })
  raw.send(raw.hello(1), open(7, raw.tag('chat')), synced())
  await settled()
  room.send('anybody there?', raw.stream.publicKey ?? '')
  vi.advanceTimersByTime(EARLY_TIMEOUT_MS)
  await settled()
  expect(codes().toSorted()).toEqual(['ERR_NOT_ACCEPTED', 'ERR_PEER_NOT_IN_TOPIC'])
  expect(raw.of('data')).toEqual([])
  raw.send(raw.accept('chat', 7), data(7, 'late'))
  await settled()
  expect(room.peers.size).toBe(1)
})
