import { createNetwork } from '@peersockets/testing'
import { defineTopic, type Middleware, Peersockets } from 'peersockets'
import { expect, onTestFinished, test } from 'vitest'
import { type Excess, limit } from './limit.js'

async function create() {
  const network = await createNetwork({ stack: 'memory', peers: 3 })
  onTestFinished(() => network.close())
  const [bob, mallory, ada] = network.networkers.map(networker => ({
    sockets: new Peersockets(networker),
    key: networker.keyPair.publicKey
  }))
  if (bob === undefined || mallory === undefined || ada === undefined)
    throw new Error('There are three networkers.')
  return { network, bob, mallory, ada }
}

test('a flood is rejected and told, on each topic it comes by, and costs nobody else a message', async () => {
  const { bob, mallory, ada } = await create()
  const excesses: Excess[] = []
  const calm = limit({
    framesPerSecond: 20,
    now: () => 0,
    onexceeded: excess => excesses.push(excess)
  })
  const define = (name: string) => defineTopic({ name, batch: false, middleware: [calm] })
  const received: string[] = []
  const rejected: string[] = []
  bob.sockets.on('reject', ({ code, topic }) => rejected.push(`${code} on ${topic}`))
  const topics = [define('chat'), define('cursors')]
  for (const topic of topics) {
    bob.sockets.join(topic, { onmessage: message => received.push(message.toString()) })
  }
  const [chat, cursors] = topics.map(topic => mallory.sockets.join(topic))
  const room = ada.sockets.join(define('chat'))
  await expect.poll(() => [chat?.peers.size, cursors?.peers.size, room.peers.size]).toEqual([2, 1, 2])
  for (let sent = 0; sent < 15; sent++) {
    chat?.send('flood', bob.key)
    cursors?.send('flood', bob.key)
  }
  await expect.poll(() => received.length + rejected.length).toBe(30)
  expect(received).toHaveLength(20)
  expect(new Set(rejected)).toEqual(new Set(['ERR_LIMIT_EXCEEDED on chat', 'ERR_LIMIT_EXCEEDED on cursors']))
  expect(excesses).toHaveLength(10)
  expect(
    excesses.every(({ peer, kind }) => peer.remotePublicKey.equals(mallory.key) && kind === 'frames')
  ).toBe(true)

  for (let sent = 0; sent < 15; sent++) room.send('hello', bob.key)
  await expect.poll(() => received.filter(text => text === 'hello').length).toBe(15)
  expect(excesses).toHaveLength(10)
})

/** Changes every byte of a frame, as what encrypts does. */
const masking: Middleware = {
  name: 'masking',
  contract: 2,
  open() {
    const mask = (frame: Buffer) => Buffer.from(frame.map(byte => byte ^ 0x5a))
    return { send: mask, receive: mask }
  }
}

const fifty = () => limit({ messagesPerSecond: 50, now: () => 0 })

test.for<[string, boolean, readonly Middleware[]]>([
  ['alone', true, [fifty()]],
  ['before what changes frames', true, [fifty(), masking]],
  ['behind what changes frames', true, [masking, fifty()]],
  ['without batches', false, [fifty()]]
])(
  'of 50 messages a second, 50 pass, however they are put into frames: %s',
  async ([, batch, middleware]) => {
    const { bob, mallory } = await create()
    const define = (stages: readonly Middleware[]) =>
      defineTopic({ name: 'chat', batch, middleware: [...stages] })
    const received: string[] = []
    const rejected: string[] = []
    bob.sockets.join(define(middleware), {
      onmessage: message => received.push(message.toString()),
      onreject: ({ code }) => rejected.push(code)
    })
    // Only who limits needs the limit.
    const room = mallory.sockets.join(define(middleware.filter(stage => stage === masking)))
    await expect.poll(() => room.peers.size).toBe(1)
    const sizes = [1, 10, 1024, 3000]
    const total = sizes.reduce((sum, size) => sum + size)
    let sent = 0
    for (const size of sizes) {
      for (let more = 0; more < size; more++) room.send(`${sent++}`, bob.key)
      room.flush()
    }
    await expect.poll(() => received.length + rejected.length).toBe(total)
    expect(received).toEqual(Array.from({ length: 50 }, (_, at) => `${at}`))
    expect(new Set(rejected)).toEqual(new Set(['ERR_LIMIT_EXCEEDED']))
  }
)

test('of a batch, the messages pass that a limit has room for: the others cost them nothing', async () => {
  const { bob, mallory } = await create()
  const received: number[] = []
  const rejected: string[] = []
  const define = (middleware: Middleware[]) => defineTopic({ name: 'chat', middleware })
  bob.sockets.join(define([limit({ maxMessageBytes: 100, bytesPerSecond: 1000, now: () => 0 })]), {
    onmessage: message => received.push(message.length),
    onreject: ({ code }) => rejected.push(code)
  })
  const room = mallory.sockets.join(define([]))
  await expect.poll(() => room.peers.size).toBe(1)
  for (const size of [101, 100, 5000, 90, 1]) room.send(Buffer.alloc(size), bob.key)
  await expect.poll(() => received).toEqual([100, 90, 1])
  expect(rejected).toEqual(['ERR_LIMIT_EXCEEDED', 'ERR_LIMIT_EXCEEDED'])
})

test('a batch is one frame, and its bytes are those of all its messages', async () => {
  const { bob, mallory } = await create()
  const kinds: string[] = []
  const calm = limit({
    framesPerSecond: 3,
    bytesPerSecond: 10_000,
    now: () => 0,
    onexceeded: ({ kind }) => kinds.push(kind)
  })
  const topic = defineTopic({ name: 'chat', middleware: [calm] })
  let received = 0
  bob.sockets.join(topic, { onmessage: () => received++ })
  const room = mallory.sockets.join(topic)
  await expect.poll(() => room.peers.size).toBe(1)
  for (let sent = 0; sent < 100; sent++) room.send(Buffer.alloc(50), bob.key)
  room.flush()
  await expect.poll(() => received).toBe(100)
  for (let sent = 0; sent < 100; sent++) room.send(Buffer.alloc(60), bob.key)
  room.flush()
  await expect.poll(() => kinds).toEqual(['bytes'])
  expect(received).toBe(100)
})

test('onexceeded may end the connection of the peer', async () => {
  const { network, bob, mallory } = await create()
  const rejected: string[] = []
  bob.sockets.on('reject', ({ code }) => rejected.push(code))
  const topic = defineTopic({
    name: 'chat',
    batch: false,
    middleware: [limit({ maxFrameBytes: 100, onexceeded: () => network.streams(0, 1)[0].destroy() })]
  })
  const here = bob.sockets.join(topic)
  const room = mallory.sockets.join(topic)
  await expect.poll(() => [here.peers.size, room.peers.size]).toEqual([1, 1])
  for (let sent = 0; sent < 3; sent++) room.send(Buffer.alloc(101), bob.key)
  await expect.poll(() => [here.peers.size, room.peers.size]).toEqual([0, 0])
  expect(new Set(rejected)).toEqual(new Set(['ERR_LIMIT_EXCEEDED']))
})

test("a flood ends the connection, where the topic says onviolation: 'disconnect'", async () => {
  const { bob, mallory } = await create()
  const strict = (middleware: Middleware[]) =>
    defineTopic({ name: 'strict', batch: false, middleware, onviolation: 'disconnect' })
  const room = bob.sockets.join(strict([limit({ framesPerSecond: 3, now: () => 0 })]))
  const flood = mallory.sockets.join(strict([limit({ framesPerSecond: 3 })]))
  await expect.poll(() => [room.peers.size, flood.peers.size]).toEqual([1, 1])
  for (let sent = 0; sent < 10; sent++) flood.send('flood', bob.key)
  await expect.poll(() => [room.peers.size, flood.peers.size]).toEqual([0, 0])
})
