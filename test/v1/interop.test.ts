import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { createNetwork, type Networker } from '@peersockets/testing'
import { Peersockets } from 'peersockets'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'

interface OriginalHandle {
  send(message: Buffer | string, peer: unknown): void
}
interface Original {
  join(topic: string, options?: { onmessage?(message: Buffer, peer: unknown): void }): OriginalHandle
  leave(topic: string): void
}
const require = createRequire(import.meta.url)
const OriginalPeersockets: new (networker: Networker) => Original = require('peersockets-v1')

/** Two real networkers, with peersockets@1.0.0 on the first and this build on the second. */
async function pair() {
  const network = await createNetwork({ stack: 'networker', peers: 2 })
  onTestFinished(() => network.close())
  const [theirs, ours] = network.networkers
  if (theirs === undefined || ours === undefined) throw new Error('There are two networkers.')
  const [toOurs] = theirs.peers
  const [toTheirs] = ours.peers
  if (toOurs === undefined || toTheirs === undefined) throw new Error('They are connected.')
  return {
    network,
    original: new OriginalPeersockets(theirs),
    sockets: new Peersockets(ours),
    toOurs,
    toTheirs,
    ours
  }
}

/** Empty, every byte value, text, random, and one that spans many segments. */
let payloads: Buffer[]
beforeAll(() => {
  payloads = [
    Buffer.alloc(0),
    Buffer.from(Array.from({ length: 256 }, (_, n) => n)),
    Buffer.from('zoë 💬'),
    ...[1, 31, 1000, 65_537].map(size => randomBytes(size)),
    randomBytes(3 << 20)
  ]
})

describe('with peersockets@1.0.0 on the other side', () => {
  test('what it sends arrives here, byte for byte and in order', async () => {
    const { original, sockets, toOurs } = await pair()
    const heard: Buffer[] = []
    sockets.join('chat', { onmessage: message => heard.push(message) })
    const room = original.join('chat')
    for (const payload of payloads) room.send(payload, toOurs)
    await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(payloads.length)
    expect(heard.every((message, n) => payloads[n]?.equals(message))).toBe(true)
  })

  test('what is sent here arrives there, byte for byte and in order', async () => {
    const { original, sockets, toTheirs } = await pair()
    const heard: Buffer[] = []
    original.join('chat', { onmessage: message => heard.push(message) })
    const room = sockets.join('chat')
    for (const payload of payloads) room.send(payload, toTheirs)
    await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(payloads.length)
    expect(heard.every((message, n) => payloads[n]?.equals(message))).toBe(true)
  })

  test('both talk at once on several topics, and each message keeps its topic when one is left', async () => {
    const { original, sockets, toOurs, toTheirs } = await pair()
    const heard: string[] = []
    const topics = ['a', 'b', 'c', 'd']
    const rooms = topics.map(topic => ({
      topic,
      theirs: original.join(topic, { onmessage: message => heard.push(`1.0.0 on ${topic}: ${message}`) }),
      ours: sockets.join(topic, { onmessage: message => heard.push(`ours on ${topic}: ${message}`) })
    }))
    sockets.leave('a')
    sockets.leave('c')
    for (const { topic, theirs, ours } of rooms) {
      theirs.send(topic, toOurs)
      if (topic === 'b' || topic === 'd') ours.send(topic, toTheirs)
    }
    const expected = ['1.0.0 on b: b', '1.0.0 on d: d', 'ours on b: b', 'ours on d: d']
    await expect.poll(() => heard.toSorted(), { timeout: 10_000 }).toEqual(expected)
  })

  test('it is seen in the topic from its first message on, and reached by broadcast', async () => {
    const { original, sockets, toOurs } = await pair()
    const heard: string[] = []
    const theirs = original.join('chat', { onmessage: message => heard.push(message.toString()) })
    const room = sockets.join('chat')
    theirs.send('hello', toOurs)
    await expect.poll(() => room.peers.size, { timeout: 10_000 }).toBe(1)
    expect(room.broadcast('to everybody')).toBe(1)
    await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['to everybody'])
  })

  test('a topic that it left hears nothing, and its other topics stay right', async () => {
    const { original, sockets, toTheirs } = await pair()
    const heard: string[] = []
    for (const topic of ['a', 'b'])
      original.join(topic, { onmessage: message => heard.push(`${topic} ${message}`) })
    const [a, b] = [sockets.join('a'), sockets.join('b')]
    original.leave('a')
    a.send('x', toTheirs)
    b.send('y', toTheirs)
    await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['b y'])
  })
})
