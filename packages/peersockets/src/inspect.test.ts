import { inspect } from 'node:util'
import { describe, expect, test, vi } from 'vitest'
import type { Middleware } from './plugin.js'
import { plainJson } from './test-support/codecs.js'
import { keyOf, parties, settled } from './test-support/parties.js'
import { defineTopic } from './topic/definition.js'

const same = (frame: Buffer): Buffer => frame
const SECRET = Buffer.from('two lumps of sugar')
const CONTENT = 'meet me at the lighthouse'

describe('inspect', () => {
  test('says who is connected, and who is in which topic', async () => {
    const {
      network,
      parties: [ada, bob, carol]
    } = await parties(3)
    const chat = defineTopic({ name: 'chat', codec: plainJson })
    bob.sockets.join(chat)
    carol?.sockets.join(chat)
    carol?.sockets.join('news')
    const room = ada.sockets.join(chat)
    ada.sockets.join('news')
    await network.connect(0, 1)
    await settled()
    room.broadcast({ n: 1 })
    room.send({ n: 2 }, keyOf(bob))
    await settled()
    const [bobs, carols] = [bob, carol ?? bob].map(party => keyOf(party).toString('hex'))
    const { peers, topics, rejected, reports } = ada.sockets.inspect()
    expect(peers).toEqual([
      { key: bobs, network: 'networker', connections: 2, queuedBytes: 0 },
      { key: carols, network: 'networker', connections: 1, queuedBytes: 0 }
    ])
    expect(topics.map(topic => ({ ...topic, peers: topic.peers.toSorted() }))).toEqual([
      {
        name: 'chat',
        private: true,
        pipeline: 'plain-json > batch',
        sent: 3,
        received: 0,
        rejected: 0,
        peers: [bobs, carols].toSorted(),
        mismatches: []
      },
      {
        name: 'news',
        private: false,
        pipeline: 'raw',
        sent: 0,
        received: 0,
        rejected: 0,
        peers: [carols],
        mismatches: []
      }
    ])
    expect([rejected, reports]).toEqual([{}, []])
    expect(bob.sockets.inspect().topics[0]?.received).toBe(2)
  })

  test('says what waits for a peer, and that it has gone', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    bob.sockets.join('chat')
    const room = ada.sockets.join('chat')
    await settled()
    network.stall(0, 1)
    room.send(Buffer.alloc(10_000), keyOf(bob))
    await settled()
    expect(ada.sockets.inspect().peers[0]?.queuedBytes).toBeGreaterThanOrEqual(10_000)
    network.resume(0, 1)
    await settled()
    expect(ada.sockets.inspect().peers[0]?.queuedBytes).toBe(0)
    await network.cut(0, 1)
    expect(ada.sockets.inspect()).toMatchObject({ peers: [], topics: [{ name: 'chat', peers: [] }] })
  })

  test('names peers that are there with another pipeline', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    bob.sockets.join('chat', { private: true })
    ada.sockets.join(defineTopic({ name: 'chat', codec: plainJson }))
    await settled()
    const key = keyOf(bob).toString('hex')
    const { topics, rejected, reports } = ada.sockets.inspect()
    expect(topics[0]).toMatchObject({
      peers: [],
      mismatches: [{ key, pipeline: 'raw > batch' }],
      rejected: 1
    })
    expect(rejected).toEqual({ ERR_PIPELINE_MISMATCH: 1 })
    expect(reports).toEqual([
      { code: 'ERR_PIPELINE_MISMATCH', topic: 'chat', key, message: expect.stringContaining('raw > batch') }
    ])
  })

  test('keeps the latest twenty reports, and counts all, with a listener and without', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    for (const listens of [true, false]) {
      const {
        parties: [ada, bob]
      } = await parties()
      if (!listens) bob.sockets.removeAllListeners('reject')
      bob.sockets.join(defineTopic({ name: 'chat', private: false, codec: plainJson }))
      const room = ada.sockets.join('chat')
      await settled()
      for (let n = 0; n < 50; n++) room.send(`${n}{`, keyOf(bob))
      await settled()
      const { rejected, reports } = bob.sockets.inspect()
      expect(rejected).toEqual({ ERR_DECODE_FAILED: 50 })
      expect(reports).toHaveLength(20)
      for (const { code, topic, key } of reports)
        expect([code, topic, key]).toEqual(['ERR_DECODE_FAILED', 'chat', keyOf(ada).toString('hex')])
    }
  })

  test('gives plain values, which come back from JSON as they were, in a snapshot', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    bob.sockets.join('chat')
    const room = ada.sockets.join('chat', {
      onmessage() {
        throw new Error('my bug')
      }
    })
    const theirs = bob.sockets.join('chat')
    await settled()
    theirs.send('x', keyOf(ada))
    await settled()
    const before = ada.sockets.inspect()
    const copy = structuredClone(before)
    expect(JSON.parse(JSON.stringify(before))).toEqual(copy)
    room.send('x', keyOf(bob))
    theirs.send('x', keyOf(ada))
    bob.sockets.leave()
    await settled()
    expect(before).toEqual(copy)
    expect(ada.sockets.inspect()).not.toEqual(copy)
  })

  test('says nothing of what was told where no peer has a part, but that it was', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const {
      parties: [ada]
    } = await parties()
    const handle = ada.sockets.join('chat', {
      onclose() {
        throw new Error('my bug')
      }
    })
    void handle.close()
    expect(ada.sockets.inspect()).toMatchObject({
      rejected: { ERR_HANDLER_FAILED: 1 },
      reports: [{ code: 'ERR_HANDLER_FAILED', key: undefined, topic: 'chat' }]
    })
  })

  test('holds no secret, no key of a session and no message', async () => {
    const keys: string[] = []
    const nosy: Middleware = {
      name: 'nosy',
      open(session) {
        const { send, receive } = session.exportKey('mine')
        keys.push(...[send, receive].map(key => key.toString('hex')))
        return {
          send: frame => {
            if (frame.includes('refused')) throw new Error('refused')
            return frame
          },
          receive: same
        }
      }
    }
    const topic = defineTopic({ name: 'chat', codec: plainJson, secret: SECRET, middleware: [nosy] })
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    bob.sockets.join(topic)
    const room = ada.sockets.join(topic)
    await settled()
    room.send(CONTENT, keyOf(bob))
    room.send(`${CONTENT} refused`, keyOf(bob))
    await settled()
    network.stall(0, 1)
    room.send(CONTENT, keyOf(bob))
    await settled()
    expect(keys.length).toBeGreaterThan(0)
    for (const { sockets } of [ada, bob]) {
      const text = JSON.stringify(sockets.inspect()) + inspect(sockets, { depth: 12, showHidden: true })
      for (const needle of [
        CONTENT,
        SECRET.toString(),
        SECRET.toString('hex'),
        SECRET.toString('base64'),
        ...keys
      ])
        expect(text).not.toContain(needle)
    }
  })

  test('after stop has nothing left but the counts', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    bob.sockets.join('chat')
    const room = ada.sockets.join('chat')
    await settled()
    room.broadcast('x')
    await ada.sockets.stop()
    expect(ada.sockets.inspect()).toEqual({ peers: [], topics: [], rejected: {}, reports: [] })
    expect(ada.sockets.stats).toMatchObject({ connections: 0, sent: 1, topics: new Map() })
  })
})
