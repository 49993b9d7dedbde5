import { createNetwork } from '@peersockets/testing'
import { defineTopic, type Middleware, Peersockets, type Topic } from 'peersockets'
import { expect, onTestFinished, test } from 'vitest'
import { deflate } from './deflate.js'

/** Notes the length of every frame on the wire. */
function meter(lengths: number[]): Middleware {
  return {
    name: 'meter',
    open: () => ({
      send(frame) {
        lengths.push(frame.length)
        return frame
      },
      receive: frame => frame
    })
  }
}

/** Two connected peers in a topic. */
async function pair(topic: Topic<Buffer, Buffer | string>) {
  const network = await createNetwork({ stack: 'memory', peers: 2 })
  onTestFinished(() => network.close())
  const [near, far] = network.networkers.map(networker => new Peersockets(networker))
  if (near === undefined || far === undefined) throw new Error('There are two networkers.')
  const received: Buffer[] = []
  const rejected: string[] = []
  far.join(topic, {
    onmessage: message => received.push(message),
    onreject: ({ code, topic: name }) => rejected.push(`${code} on ${name}`)
  })
  const room = near.join(topic)
  await expect.poll(() => room.peers.size).toBe(1)
  const [peer] = room.peers
  if (peer === undefined) throw new Error('The topic has a peer.')
  return { near, room, peer, received, rejected }
}

test('a batch of messages is compressed together, and each message arrives as it was sent', async () => {
  const lengths: number[] = []
  const { room, peer, received, rejected } = await pair(
    defineTopic({ name: 'log', middleware: [deflate(), meter(lengths)] })
  )
  const lines = Array.from(
    { length: 200 },
    (_, at) => `line ${at} of a log that says the same again and again`
  )
  for (const line of lines) room.send(line, peer)
  await expect.poll(() => received.map(String)).toEqual(lines)
  expect(lengths).toHaveLength(1)
  expect(lengths[0]).toBeLessThan(lines.join('').length / 5)
  expect(rejected).toEqual([])
})

test('a bomb is reported on its topic, its connection stays, and the messages behind it arrive', async () => {
  const { near, peer, received, rejected } = await pair(
    defineTopic({ name: 'log', middleware: [deflate({ maxInflatedBytes: 10_000 })] })
  )
  near.leave('log')
  // As a peer would that has no bound of its own.
  const hostile = near.join(defineTopic({ name: 'log', middleware: [deflate()] }))
  await expect.poll(() => hostile.peers.size).toBe(1)
  hostile.send(Buffer.alloc(100_000), peer)
  await expect.poll(() => rejected).toEqual(['ERR_MESSAGE_TOO_LARGE on log'])
  hostile.send('still here', peer)
  await expect.poll(() => received.map(String)).toEqual(['still here'])
})

test('what is too large for the topic is an error to the sender, and nothing leaves', async () => {
  const lengths: number[] = []
  const { room, peer } = await pair(
    defineTopic({
      name: 'log',
      batch: false,
      middleware: [deflate({ maxInflatedBytes: 1000 }), meter(lengths)]
    })
  )
  expect(() => room.send(Buffer.alloc(1001), peer)).toThrow(
    expect.objectContaining({ code: 'ERR_MESSAGE_TOO_LARGE', topic: 'log' })
  )
  expect(lengths).toEqual([])
})
