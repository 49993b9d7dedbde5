import { msgpack } from '@peersockets/codec-msgpack'
import { hmac } from '@peersockets/mw-hmac'
import { createNetwork, joinPair, settled } from '@peersockets/testing'
import { defineTopic, type Middleware, type Sendable, type Topic } from 'peersockets'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { z } from 'zod'
import { copiesOf } from './copies.js'

const TICK_MESSAGES = 64

/** Counts the frames that pass, each way. */
function counter(): Middleware & { sent: number; received: number } {
  const counts = { sent: 0, received: 0 }
  return Object.assign(counts, {
    name: 'counter',
    open: () => ({
      send(frame: Buffer) {
        counts.sent++
        return frame
      },
      receive(frame: Buffer) {
        counts.received++
        return frame
      }
    })
  })
}

/** Ada sends to Bob in `topic`, over protocol streams in memory; `chunks` are the lengths of what her stream puts out. */
async function pair<Message>(topic: Topic<Message>) {
  const network = await createNetwork({ peers: 2, stack: 'memory' })
  onTestFinished(() => network.close())
  const { alice, bob } = await joinPair(topic, { networks: network.networkers, name: 'room' })
  // What else they tell each other when they meet is no part of what a message costs.
  await settled()
  const push = vi.spyOn(network.streams(0, 1)[0], 'push')
  return {
    send: (message: Sendable<Message>) => alice.room.send(message, alice.peer),
    heard: bob.received,
    chunks: () => push.mock.calls.map(([chunk]) => chunk?.length)
  }
}

const chat = z.object({ from: z.string(), text: z.string() })
const message = (n: number) => ({ from: 'ada', text: `message ${n} `.padEnd(80, '.') })

describe('64 typed, signed messages of one tick', () => {
  async function tick() {
    const count = counter()
    const ends = await pair(defineTopic({ schema: chat, codec: msgpack(), middleware: [count, hmac()] }))
    for (let n = 0; n < TICK_MESSAGES; n++) ends.send(message(n))
    await settled()
    expect(ends.heard).toHaveLength(TICK_MESSAGES)
    return { count, chunks: ends.chunks() }
  }

  test('pass each middleware once, at either end', async () => {
    const { count } = await tick()
    expect([count.sent, count.received]).toEqual([1, 1])
  })

  test('leave in one chunk', async () => {
    const { chunks } = await tick()
    expect(chunks).toHaveLength(1)
  })

  test('take a byte each besides what the codec made of them, and 29 for all of them together', async () => {
    const { chunks } = await tick()
    const encoded = Array.from({ length: TICK_MESSAGES }, (_, n) => msgpack().encode(message(n)).length)
    expect(Math.max(...encoded)).toBeLessThan(128)
    // A counter of 6 bytes and a tag of 16; two lengths, of the frame and of the stream's message, and three heads of one byte.
    const overhead = 6 + 16 + 2 + 2 + 3
    expect(chunks).toEqual([encoded.reduce((sum, length) => sum + length + 1, 0) + overhead])
  })
})

describe('a message is copied', () => {
  /** The network in memory copies what it carries, as a socket would. */
  const CARRIED = 1

  test.for([
    {
      what: 'once on a public topic: into what the stream keeps',
      options: { private: false },
      length: 40_000,
      copies: 1
    },
    {
      what: 'three times on a topic: into the batch, the packet, and what the stream keeps',
      options: {},
      length: 40_000,
      copies: 3
    },
    {
      what: 'not once more when it is signed',
      options: { middleware: [hmac()] },
      length: 40_000,
      copies: 3
    },
    {
      what: 'and not once more when it fills a batch by itself',
      options: { middleware: [hmac()] },
      length: 65_536,
      copies: 3
    }
  ])('$what', async ({ options, length, copies }) => {
    const { send, heard } = await pair(defineTopic(options))
    const bytes = Buffer.alloc(length, 1)
    const made = await copiesOf(async () => {
      send(bytes)
      await settled()
    })
    expect(heard).toHaveLength(1)
    expect(made.filter(copied => copied >= length)).toHaveLength(copies + CARRIED)
  })
})

describe('messages that are sent tick after tick', () => {
  test('allocate for each tick what the stream keeps, and nothing else that is large', async () => {
    const { send, heard } = await pair(defineTopic({ middleware: [hmac()] }))
    const bytes = Buffer.alloc(1024, 1)
    const burst = async (tick: number): Promise<void> => {
      for (let n = 0; n < 32; n++) send(bytes)
      await settled()
      expect(heard).toHaveLength(32 * (tick + 1))
    }
    // The first ticks make the blocks that those behind them use again.
    for (let tick = 0; tick < 3; tick++) await burst(tick)
    const allocated = vi.spyOn(Buffer, 'allocUnsafe')
    onTestFinished(() => allocated.mockRestore())
    for (let tick = 3; tick < 13; tick++) await burst(tick)
    expect(allocated.mock.calls.filter(([length]) => length >= 4096)).toHaveLength(10)
  })
})
