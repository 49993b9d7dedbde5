import { json } from '@peersockets/codec-json'
import { msgpack } from '@peersockets/codec-msgpack'
import { hmac } from '@peersockets/mw-hmac'
import { createBitFlipper } from '@peersockets/testing'
import { defineTopic, Peersockets, type PeersocketsError } from 'peersockets'
import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { type Members, STACKS, type Stack } from './support/stacks.js'

const TIMEOUT = { timeout: 15_000 }

interface Party {
  readonly sockets: Peersockets
  readonly key: Buffer
  readonly rejections: PeersocketsError[]
}

async function connect(
  stack: Stack,
  peers = 2
): Promise<{ network: Members; parties: [Party, Party, ...Party[]] }> {
  const network = await stack.open({ peers })
  const [first, second, ...others] = network.members.map(member => {
    const sockets = new Peersockets(member.network())
    const rejections: PeersocketsError[] = []
    sockets.on('reject', error => rejections.push(error))
    return { sockets, rejections, key: member.key }
  })
  if (first === undefined || second === undefined) throw new Error('A network has two peers or more.')
  return { network, parties: [first, second, ...others] }
}

const message = z.object({
  from: z.string(),
  text: z.string().max(2000),
  at: z.codec(z.iso.datetime(), z.date(), {
    decode: text => new Date(text),
    encode: date => date.toISOString()
  })
})

describe.each(STACKS)('over $name', stack => {
  test.each([
    ['json', json()],
    ['msgpack', msgpack()]
  ])('typed, signed %s messages arrive as they were sent, both ways, in order', async (_name, codec) => {
    const {
      parties: [ada, bob]
    } = await connect(stack)
    const chat = defineTopic({ name: 'chat', schema: message, codec, middleware: [hmac()] })
    const heard: Record<string, z.infer<typeof message>[]> = { ada: [], bob: [] }
    const rooms = Object.entries({ ada, bob }).map(([name, { sockets }]) =>
      sockets.join(chat, { onmessage: received => heard[name]?.push(received) })
    )
    const sent = Array.from({ length: 200 }, (_, n) => ({
      from: 'x',
      text: `${n} 💬`,
      at: new Date(n * 1e9)
    }))
    for (const each of sent) {
      rooms[0]?.send(each, bob.key)
      rooms[1]?.send(each, ada.key)
    }
    await expect.poll(() => [heard.ada?.length, heard.bob?.length], TIMEOUT).toEqual([200, 200])
    expect(heard).toEqual({ ada: sent, bob: sent })
    expect([...ada.rejections, ...bob.rejections]).toEqual([])
  })

  test('topics, counters and presence are right again after a connection was lost', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await connect(stack)
    const chat = defineTopic({ name: 'chat', codec: json(), middleware: [hmac()] })
    const heard: unknown[] = []
    bob.sockets.join(chat, { onmessage: received => heard.push(received) })
    const log: string[] = []
    const room = ada.sockets.join(chat, {
      onpeerjoin: () => log.push('join'),
      onpeerleave: () => log.push('leave')
    })
    for (let round = 0; round < 3; round++) {
      await expect.poll(() => room.peers.size, TIMEOUT).toBe(1)
      room.send(round, bob.key)
      await expect.poll(() => heard.at(-1), TIMEOUT).toBe(round)
      await network.cut(0, 1)
      expect(room.peers.size).toBe(0)
      await network.heal(0, 1)
    }
    await expect.poll(() => room.peers.size, TIMEOUT).toBe(1)
    expect(log).toEqual(['join', 'leave', 'join', 'leave', 'join', 'leave', 'join'])
    expect(bob.rejections).toEqual([])
  })

  test('a topic can be left and joined again on one connection without a signed message being refused', async () => {
    const {
      parties: [ada, bob]
    } = await connect(stack)
    // Defined anew each time, as an app does that defines a topic inside a function.
    const chat = () => defineTopic({ name: 'chat', codec: json(), middleware: [hmac()] })
    const heard: unknown[] = []
    for (let round = 0; round < 4; round++) {
      const receiver = bob.sockets.join(chat(), { onmessage: received => heard.push(received) })
      ada.sockets.join(chat()).send(round, bob.key)
      await expect.poll(() => heard.at(-1), TIMEOUT).toBe(round)
      receiver.close()
      ada.sockets.leave('chat')
    }
    expect(bob.rejections).toEqual([])
  })

  test('a broadcast reaches every peer in the topic and nobody else', async () => {
    const {
      parties: [ada, bob, carol, dave]
    } = await connect(stack, 4)
    const chat = defineTopic({ name: 'chat', codec: json() })
    const heard: string[] = []
    bob.sockets.join(chat, { onmessage: received => heard.push(`bob ${received}`) })
    carol?.sockets.join(chat, { onmessage: received => heard.push(`carol ${received}`) })
    dave?.sockets.join('other', { onmessage: received => heard.push(`dave ${received}`) })
    const room = ada.sockets.join(chat)
    await expect.poll(() => room.peers.size, TIMEOUT).toBe(2)
    expect(room.broadcast('hi')).toBe(2)
    await expect.poll(() => heard.toSorted(), TIMEOUT).toEqual(['bob hi', 'carol hi'])
  })

  test('a reader that stops is noticed, and drained wakes up when it goes on', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await connect(stack)
    let received = 0
    bob.sockets.join('bulk', { onmessage: () => received++ })
    const room = ada.sockets.join('bulk')
    network.stall(0, 1)
    // More than the system's own buffers take, less than maxQueuedBytes.
    const bulk = Buffer.alloc(64 * 1024)
    const sent = 224
    const ready = Array.from({ length: sent }, () => room.send(bulk, bob.key))
    expect(ready.at(-1)).toBe(false)
    let drained = false
    const waiting = room.drained(bob.key).then(() => {
      drained = true
    })
    await new Promise(resolve => setTimeout(resolve, 200))
    expect(drained).toBe(false)
    network.resume(0, 1)
    await waiting
    await expect.poll(() => received, TIMEOUT).toBe(sent)
  })
})

describe.each(STACKS.filter(({ authenticated }) => !authenticated))('over $name, on the path', stack => {
  test('a bit that is flipped on the way is not noticed on a bare topic, and rejected on a signed one', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await connect(stack)
    const flipper = createBitFlipper()
    network.attack(flipper.attack)
    const heard: string[] = []
    const bare = defineTopic({ name: 'bare' })
    const signed = defineTopic({ name: 'signed', middleware: [hmac()] })
    for (const topic of [bare, signed]) {
      bob.sockets.join(topic, { onmessage: received => heard.push(`${topic.name}: ${received}`) })
    }
    const toBare = ada.sockets.join(bare)
    const toSigned = ada.sockets.join(signed)
    await expect.poll(() => [toBare.peers.size, toSigned.peers.size], TIMEOUT).toEqual([1, 1])

    flipper.flipNext({ offsetFromEnd: 2, mask: 0x08 }, ({ from }) => from === 0)
    toBare.send('pay alice 10', bob.key)
    await expect.poll(() => heard, TIMEOUT).toEqual(['bare: pay alice 90'])

    flipper.flipNext({ offsetFromEnd: 2, mask: 0x08 }, ({ from }) => from === 0)
    toSigned.send('pay alice 10', bob.key)
    await expect.poll(() => bob.rejections.map(({ code }) => code), TIMEOUT).toEqual(['ERR_BAD_SIGNATURE'])

    toSigned.send('pay alice 10', bob.key)
    await expect.poll(() => heard, TIMEOUT).toEqual(['bare: pay alice 90', 'signed: pay alice 10'])
  })
})

describe.each(STACKS.filter(({ authenticated }) => authenticated))('over $name, on the path', stack => {
  test('a bit that is flipped ends the connection; nothing changed arrives, and the next one is as good as new', async () => {
    const {
      network,
      parties: [ada, bob]
    } = await connect(stack)
    const heard: string[] = []
    const bare = defineTopic({ name: 'bare' })
    bob.sockets.join(bare, { onmessage: received => heard.push(received.toString()) })
    const log: string[] = []
    const room = ada.sockets.join(bare, {
      onpeerjoin: () => log.push('join'),
      onpeerleave: () => log.push('leave')
    })
    await expect.poll(() => room.peers.size, TIMEOUT).toBe(1)
    network.attack((chunk, { from }) => {
      const last = stack.encryptedPart(chunk).length - 2
      if (from !== 0 || last < 0) return chunk
      chunk[chunk.length - 2] = (chunk.at(-2) ?? 0) ^ 0x08
      network.attack()
      return chunk
    })
    room.send('pay alice 10', bob.key)
    await expect.poll(() => log, TIMEOUT).toEqual(['join', 'leave'])
    await network.heal(0, 1)
    await expect.poll(() => room.peers.size, TIMEOUT).toBe(1)
    room.send('pay alice 20', bob.key)
    await expect.poll(() => heard, TIMEOUT).toEqual(['pay alice 20'])
    expect(log).toEqual(['join', 'leave', 'join'])
  })
})
