import { describe, expect, test, vi } from 'vitest'
import { plainJson } from '../test-support/codecs.js'
import { settled } from '../test-support/parties.js'
import { accept, close, data, encounter, hello, open, sequenceOf, synced } from '../test-support/raw-peer.js'
import { defineTopic } from '../topic/definition.js'
import { EARLY_TIMEOUT_MS, FULL_BYTES, MAX_INSTANCES, MAX_UNREAD_BYTES } from './bounds.js'

describe('a peer that asks, and does not read the answers', () => {
  test('costs bounded memory, however often it greets as another instance', async () => {
    const { sockets, raw, stream, codes } = await encounter()
    for (let n = 0; n < 1000; n++) sockets.join(`room ${n}`, { private: true })
    raw.send(hello(0))
    await settled()
    stream.pause()
    raw.sendPacket(sequenceOf(Array.from({ length: 5000 }, (_, n) => hello(1 + (n % 2)))))
    await settled()
    expect(stream._readableState.buffered).toBeLessThanOrEqual(MAX_INSTANCES * 1000 * 24)
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
    expect(stream._readableState.buffered - greeted).toBeLessThanOrEqual(MAX_INSTANCES * 40)
    expect(new Set(codes())).toEqual(new Set(['ERR_LIMIT_EXCEEDED']))
  })

  test('costs bounded memory, however often it opens and closes a topic that we accept', async () => {
    const { sockets, raw, stream, codes } = await encounter()
    const long = { ...plainJson, name: 'x'.repeat(240) }
    sockets.join(defineTopic({ name: 'chat', codec: long }))
    raw.send(hello(1))
    await settled()
    stream.pause()
    const again = [open(7, raw.tag('chat')), close(7)]
    const packet = sequenceOf(Array.from({ length: 2500 }, () => again).flat())
    for (let n = 0; n < 150; n++) raw.sendPacket(packet)
    await settled()
    expect(stream._readableState.buffered).toBeLessThanOrEqual(MAX_UNREAD_BYTES + 2 * FULL_BYTES)
    expect(new Set(codes())).toEqual(new Set(['ERR_LIMIT_EXCEEDED']))
  })
})

test('a peer may begin anew 15 times on a connection; after that it is in no private topic any more', async () => {
  const { sockets, raw, codes } = await encounter()
  const heard = vi.fn()
  const room = sockets.join('chat', { private: true, onmessage: heard })
  for (let n = 0; n < MAX_INSTANCES; n++) {
    raw.send(hello(n), open(7, raw.tag('chat')), accept(0), data(7, 'hello'))
    await settled()
    expect([room.peers.size, heard.mock.calls.length]).toEqual([1, n + 1])
  }
  expect(codes()).toEqual([])
  raw.send(hello(99), open(7, raw.tag('chat')), accept(0), data(7, 'hello'))
  await settled()
  expect([room.peers.size, heard.mock.calls.length]).toEqual([0, MAX_INSTANCES])
  expect(codes()).toEqual(['ERR_LIMIT_EXCEEDED'])
})

test('a message to a peer that opened the topic, and never accepts, is told to the caller in the end', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const { sockets, raw, codes } = await encounter()
    const room = sockets.join('chat', { private: true })
    raw.send(hello(1), open(7, raw.tag('chat')), synced())
    await settled()
    room.send('anybody there?', raw.stream.publicKey ?? '')
    vi.advanceTimersByTime(EARLY_TIMEOUT_MS)
    await settled()
    expect([codes(), raw.of('data')]).toEqual([['ERR_PEER_NOT_IN_TOPIC'], []])
    raw.send(accept(0), data(7, 'late'))
    await settled()
    expect(room.peers.size).toBe(1)
  } finally {
    vi.useRealTimers()
  }
})
