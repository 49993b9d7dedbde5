import { msgpack } from '@peersockets/codec-msgpack'
import { hmac } from '@peersockets/mw-hmac'
import { createNetwork } from '@peersockets/testing'
import { defineTopic, type Middleware, Peersockets, type Topic } from 'peersockets'
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
async function pair<Out extends In, In>(topic: Topic<Out, In>) {
  const network = await createNetwork({ peers: 2, stack: 'memory' })
  onTestFinished(() => network.close())
  const [ada, bob] = network.networkers.map(networker => new Peersockets(networker))
  const [stream] = network.streams(0, 1)
  if (ada === undefined || bob === undefined) throw new Error('There are two.')
  const heard: Out[] = []
  bob.join(topic, { name: 'room', onmessage: message => heard.push(message) })
  const room = ada.join(topic, { name: 'room' })
  await expect.poll(() => room.peers.size).toBe(1)
  const [peer] = room.peers
  if (peer === undefined) throw new Error('Bob is there.')
  const push = vi.spyOn(stream, 'push')
  const arrived = (messages: number) => expect.poll(() => heard.length).toBe(messages)
  return {
    send: (message: In) => room.send(message, peer),
    heard,
    arrived,
    chunks: () => push.mock.calls.map(([chunk]) => chunk?.length)
  }
}

const chat = z.object({ from: z.string(), text: z.string() })
const message = (n: number) => ({ from: 'ada', text: `message ${n} `.padEnd(80, '.') })

describe('64 typed, signed messages of one tick', () => {
  async function tick() {
    const count = counter()
    const ends = await pair(defineTopic({ schema: chat, codec: msgpack(), middleware: [count, hmac()] }))
    const before = ends.chunks().length
    for (let n = 0; n < TICK_MESSAGES; n++) ends.send(message(n))
    await ends.arrived(TICK_MESSAGES)
    return { ...ends, count, chunks: ends.chunks().slice(before) }
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
      length: 16_384,
      copies: 1
    },
    {
      what: 'three times on a topic: into the batch, the packet, and what the stream keeps',
      options: {},
      length: 16_384,
      copies: 3
    },
    {
      what: 'not once more when it is signed',
      options: { middleware: [hmac()] },
      length: 16_384,
      copies: 3
    },
    {
      what: 'not into a packet when it is large enough to be one',
      options: { middleware: [hmac()] },
      length: 65_536,
      copies: 2
    }
  ])('$what', async ({ options, length, copies }) => {
    const { send, arrived } = await pair(defineTopic(options))
    const bytes = Buffer.alloc(length, 1)
    const made = await copiesOf(async () => {
      send(bytes)
      await arrived(1)
    })
    expect(made.filter(copied => copied >= length)).toHaveLength(copies + CARRIED)
  })
})

describe('messages that are sent tick after tick', () => {
  test('allocate for each tick what the stream keeps, and nothing else that is large', async () => {
    const { send, arrived } = await pair(defineTopic({ middleware: [hmac()] }))
    const bytes = Buffer.alloc(1024, 1)
    const burst = async (tick: number): Promise<void> => {
      for (let n = 0; n < 32; n++) send(bytes)
      await arrived(32 * (tick + 1))
    }
    // The first ticks make the blocks that those behind them use again.
    for (let tick = 0; tick < 3; tick++) await burst(tick)
    const allocated = vi.spyOn(Buffer, 'allocUnsafe')
    onTestFinished(() => allocated.mockRestore())
    for (let tick = 3; tick < 13; tick++) await burst(tick)
    expect(allocated.mock.calls.filter(([length]) => length >= 4096)).toHaveLength(10)
  })
})
