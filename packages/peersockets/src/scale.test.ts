import { createNetwork, type MemoryNetwork, type ProtocolStream } from '@peersockets/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Peersockets } from './peersockets.js'
import { keyOf, parties, settled } from './test-support/parties.js'
import { defineTopic } from './topic/definition.js'

const CONNECTIONS = 1000
const TOPICS = 10_000
/** Bytes that an end sends to open a topic and to accept the other's. */
const TOPIC_BYTES = 56

/** What a stream has of ours, as far as that can be counted from outside. */
function costOf(stream: ProtocolStream): object {
  const listeners = stream.eventNames().map(name => [name, stream.listenerCount(name)] as const)
  return { extensions: stream.extensions.names(), listeners: Object.fromEntries(listeners) }
}

/** A hub that everybody is connected to, and nobody to anybody else. */
async function star(spokes: number): Promise<MemoryNetwork> {
  const network = await createNetwork({ stack: 'memory', peers: spokes + 1, connected: false })
  onTestFinished(() => network.close())
  for (let spoke = 1; spoke <= spokes; spoke++) await network.connect(0, spoke)
  return network
}

test('a broadcast reaches a thousand peers, and stopping gives everything back', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  const network = await star(CONNECTIONS)
  const [hub, ...others] = network.networkers
  if (hub === undefined) throw new RangeError('There is a hub.')
  const streams = network.networkers.flatMap(networker => [...networker.streams])
  // One listener for announcements stays with a stream for as long as it lives.
  for (const networker of network.networkers) await new Peersockets(networker).stop()
  const before = streams.map(costOf)
  const listening = hub.eventNames()

  const heard = new Map<string, number>()
  const topics = [defineTopic({ name: 'private' }), defineTopic({ name: 'public', private: false })]
  const sockets = others.map(networker => {
    const each = new Peersockets(networker)
    for (const topic of topics) {
      each.join(topic, {
        onmessage: message => heard.set(message.toString(), (heard.get(message.toString()) ?? 0) + 1)
      })
    }
    return each
  })
  const ours = new Peersockets(hub)
  const onreject = vi.fn()
  ours.on('reject', onreject)
  const rooms = topics.map(topic => ours.join(topic))
  await settled()
  expect(rooms.map(room => room.peers.size)).toEqual([CONNECTIONS, CONNECTIONS])
  expect(rooms.map(room => room.broadcast(`in ${room.name}`))).toEqual([CONNECTIONS, CONNECTIONS])
  await settled()
  expect(Object.fromEntries(heard)).toEqual({ 'in private': CONNECTIONS, 'in public': CONNECTIONS })
  expect(onreject).not.toHaveBeenCalled()

  await Promise.all([ours, ...sockets].map(each => each.stop()))
  await settled()
  expect(ours.stats).toMatchObject({ connections: 0, topics: new Map() })
  expect(hub.eventNames()).toEqual(listening)
  expect(vi.getTimerCount()).toBe(0)
  expect(streams.map(costOf)).toEqual(before)
})

test('a connection carries ten thousand private topics, and takes as many again once they were left', async () => {
  const {
    network,
    parties: [ada, bob]
  } = await parties()
  const heard: string[] = []
  const [atAda, atBob] = network.streams(0, 1)
  const topic = defineTopic({})
  const names = Array.from({ length: TOPICS }, (_, n) => `room/${n}`)
  const join = () => {
    for (const name of names)
      bob.sockets.join(topic, { name, onmessage: message => heard.push(`${message} in ${name}`) })
    return names.map(name => ada.sockets.join(topic, { name }))
  }
  // More than a peer may have open at a time, if those of one round were still there in the next.
  for (let round = 0; round < 3; round++) {
    const sent = atAda.bytesSent + atBob.bytesSent
    const rooms = join()
    await settled()
    expect(rooms.filter(room => room.peers.size !== 1)).toEqual([])
    // An OPEN, and an ACCEPT of the other's, on both sides.
    expect(atAda.bytesSent + atBob.bytesSent - sent).toBeLessThanOrEqual(2 * TOPIC_BYTES * TOPICS)
    rooms.at(-1)?.send(`round ${round}`, keyOf(bob))
    await settled()
    expect(heard.splice(0)).toEqual([`round ${round} in ${names.at(-1)}`])

    const before = atAda.bytesSent + atBob.bytesSent
    ada.sockets.join(topic, { name: 'one more' })
    bob.sockets.join(topic, { name: 'one more' })
    await settled()
    expect(atAda.bytesSent + atBob.bytesSent - before).toBeLessThanOrEqual(2 * TOPIC_BYTES)

    ada.sockets.leave()
    bob.sockets.leave()
    await settled()
    expect([ada, bob].map(({ sockets }) => sockets.stats.topics.size)).toEqual([0, 0])
    expect(atAda.extensions.names()).toEqual(['peersockets/v1'])
  }
  expect([...ada.codes(), ...bob.codes()]).toEqual([])
})
