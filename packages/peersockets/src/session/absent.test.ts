import { describe, expect, test } from 'vitest'
import { plainJson } from '../test-support/codecs.js'
import { keyOf, parties, settled } from '../test-support/parties.js'
import { defineTopic } from '../topic/definition.js'

const ours = defineTopic({ name: 'chat', codec: plainJson })
const theirs = defineTopic({ name: 'chat' })

/** What `send` throws. */
function codeOf(send: () => unknown): unknown {
  try {
    send()
  } catch (error) {
    return Object(error).code
  }
  return undefined
}

describe('a peer that is in the topic with another pipeline', () => {
  test('is said to be that, until it leaves, and then to be absent', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const other = bob.sockets.join(theirs)
    const room = ada.sockets.join(ours)
    await settled()
    expect(codeOf(() => room.send(1, keyOf(bob)))).toBe('ERR_PIPELINE_MISMATCH')
    expect(codeOf(() => other.send('x', keyOf(ada)))).toBe('ERR_PIPELINE_MISMATCH')
    expect([ada.codes(), bob.codes()]).toEqual([['ERR_PIPELINE_MISMATCH'], ['ERR_PIPELINE_MISMATCH']])
    void other.close()
    await settled()
    expect(codeOf(() => room.send(1, keyOf(bob)))).toBe('ERR_PEER_NOT_IN_TOPIC')
    expect([room.peers.size, room.broadcast(1)]).toEqual([0, 0])
    expect(ada.sockets.inspect().topics[0]?.mismatches).toEqual([])
  })

  test('is there when it comes back with the right one, and is told of anew when it does not', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const heard: unknown[] = []
    const room = ada.sockets.join(ours)
    for (const round of [1, 2, 3]) {
      void bob.sockets.join(theirs)
      await settled()
      expect(codeOf(() => room.send(round, keyOf(bob)))).toBe('ERR_PIPELINE_MISMATCH')
      void bob.sockets.leave('chat')
      // In the same tick: there is never a moment without it.
      bob.sockets.join(ours, { onmessage: message => heard.push(message) })
      await settled()
      room.send(round, keyOf(bob))
      await settled()
      void bob.sockets.leave('chat')
      await settled()
      expect(codeOf(() => room.send(round, keyOf(bob)))).toBe('ERR_PEER_NOT_IN_TOPIC')
    }
    expect(heard).toEqual([1, 2, 3])
    expect(ada.codes()).toEqual(Array(3).fill('ERR_PIPELINE_MISMATCH'))
  })

  test('is absent after a reconnect without the topic', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    bob.sockets.join(theirs)
    const room = ada.sockets.join(ours)
    await settled()
    await network.cut(0, 1)
    expect(codeOf(() => room.send(1, keyOf(bob)))).toBe('ERR_UNKNOWN_PEER')
    void bob.sockets.leave()
    await network.heal(0, 1)
    await settled()
    expect(codeOf(() => room.send(1, keyOf(bob)))).toBe('ERR_PEER_NOT_IN_TOPIC')
  })

  test('on two connections is said to be that, and is listed once', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await parties()
    bob.sockets.join(theirs)
    const room = ada.sockets.join(ours)
    await network.connect(0, 1)
    await settled()
    expect(codeOf(() => room.send(1, keyOf(bob)))).toBe('ERR_PIPELINE_MISMATCH')
    expect(ada.sockets.inspect().topics[0]?.mismatches).toEqual([
      { key: keyOf(bob).toString('hex'), pipeline: theirs.pipelineId }
    ])
    void bob.sockets.leave()
    await settled()
    expect(codeOf(() => room.send(1, keyOf(bob)))).toBe('ERR_PEER_NOT_IN_TOPIC')
  })
})

describe('a message to a peer that has not said yet what it is in', () => {
  test.each([
    ['leaves it before it could be met', 'ERR_PEER_NOT_IN_TOPIC'],
    ['is in it with another pipeline', 'ERR_PIPELINE_MISMATCH']
  ])('is reported when the peer %s, with the message', async (how, code) => {
    const {
      network,
      parties: [ada, bob]
    } = await parties(2, {}, false)
    const other = bob.sockets.join(how.includes('pipeline') ? theirs : ours)
    const room = ada.sockets.join(ours)
    ada.networker.once('handshake', () => {
      expect(room.send({ n: 1 }, keyOf(bob))).toBe(true)
      if (!how.includes('pipeline')) void other.close()
    })
    await network.connect(0, 1)
    await settled()
    const reports = ada.rejections.filter(({ error }) => error.dropped.length > 0)
    expect(reports.map(({ error }) => [error.code, error.dropped])).toEqual([[code, [{ n: 1 }]]])
    // Once it is known, it is thrown.
    expect(codeOf(() => room.send(2, keyOf(bob)))).toBe(code)
  })
})

describe('a peer that is not in the topic', () => {
  test('is said to be that at the call, whatever it was before', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const room = ada.sockets.join('chat', { private: true })
    await settled()
    const absent = () => codeOf(() => room.send('x', keyOf(bob)))
    expect(absent()).toBe('ERR_PEER_NOT_IN_TOPIC')
    const there = bob.sockets.join('chat', { private: true })
    await settled()
    expect(absent()).toBeUndefined()
    void there.close()
    await settled()
    expect(absent()).toBe('ERR_PEER_NOT_IN_TOPIC')
    expect(ada.codes()).toEqual([])
  })

  test('may be sent to on a public topic, where nobody can tell', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const room = ada.sockets.join('chat')
    await settled()
    expect(room.send('x', keyOf(bob))).toBe(true)
    expect(room.broadcast('x')).toBe(0)
    await settled()
    expect([ada.codes(), bob.codes()]).toEqual([[], []])
  })
})
