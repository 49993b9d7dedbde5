import { joinPair, settled } from '@peersockets/testing'
import { defineTopic, type Middleware, type Topic } from 'peersockets'
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

/** Alice and Bob in a topic. */
async function pair(topic: Topic<Buffer>) {
  const { alice, bob, close } = await joinPair(topic)
  onTestFinished(close)
  const texts = () => bob.received.map(String)
  const rejected = () => bob.rejected.map(({ code, topic: name }) => `${code} on ${name}`)
  return { alice, texts, rejected }
}

test('a batch of messages is compressed together, and each message arrives as it was sent', async () => {
  const lengths: number[] = []
  const { alice, texts, rejected } = await pair(
    defineTopic({ name: 'log', middleware: [deflate(), meter(lengths)] })
  )
  const lines = Array.from(
    { length: 200 },
    (_, at) => `line ${at} of a log that says the same again and again`
  )
  for (const line of lines) alice.room.send(line, alice.peer)
  await settled()
  expect(texts()).toEqual(lines)
  expect(lengths).toHaveLength(1)
  expect(lengths[0]).toBeLessThan(lines.join('').length / 5)
  expect(rejected()).toEqual([])
})

test('a bomb is reported on its topic, its connection stays, and the messages behind it arrive', async () => {
  const { alice, texts, rejected } = await pair(
    defineTopic({ name: 'log', middleware: [deflate({ maxInflatedBytes: 10_000 })] })
  )
  await alice.sockets.leave('log')
  // As a peer would that has no bound of its own.
  const hostile = alice.sockets.join(defineTopic({ name: 'log', middleware: [deflate()] }))
  await settled()
  hostile.send(Buffer.alloc(100_000), alice.peer)
  await settled()
  expect(rejected()).toEqual(['ERR_MESSAGE_TOO_LARGE on log'])
  hostile.send('still here', alice.peer)
  await settled()
  expect(texts()).toEqual(['still here'])
})

test('what is too large for the topic is an error to the sender, and nothing leaves', async () => {
  const lengths: number[] = []
  const { alice } = await pair(
    defineTopic({
      name: 'log',
      batch: false,
      middleware: [deflate({ maxInflatedBytes: 1000 }), meter(lengths)]
    })
  )
  const message = Buffer.alloc(1001)
  expect(() => alice.room.send(message, alice.peer)).toThrow(
    expect.objectContaining({ code: 'ERR_MESSAGE_TOO_LARGE', topic: 'log', dropped: [message] })
  )
  await settled()
  expect(lengths).toEqual([])
})
