import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { Middleware } from '../plugin.js'
import { plainJson } from '../test-support/codecs.js'
import { keyOf, type Party, parties, settled } from '../test-support/parties.js'
import { defineTopic, type Topic } from '../topic/definition.js'
import { SequenceWriter } from '../wire/sequence.js'

const chat = defineTopic({ name: 'chat', codec: plainJson })

/** Ada, who is connected to all others, and what each of them hears. */
async function crowd(topic: Topic<unknown>, peers: number) {
  const { parties: all } = await parties(peers)
  const [ada, ...others] = all
  const heard = others.map((other: Party) => {
    const messages: unknown[] = []
    other.sockets.join(topic, { onmessage: message => messages.push(message) })
    return messages
  })
  const room = ada.sockets.join(topic)
  await settled()
  expect(room.peers.size).toBe(peers - 1)
  return { ada, others, room, heard }
}

/** Notes which frames it was given to send, by the memory that they are in. */
function witness(): Middleware & { readonly frames: Buffer[] } {
  const frames: Buffer[] = []
  return {
    name: 'witness',
    frames,
    open: () => ({
      send(frame) {
        frames.push(frame)
        return frame
      },
      receive: frame => frame
    })
  }
}

function bytesOf(message: unknown): Uint8Array {
  if (message instanceof Uint8Array) return message
  throw new TypeError('A message of this topic is bytes.')
}

describe('a broadcast', () => {
  test('makes one frame, which all peers have in common', async () => {
    const borrowed = vi.spyOn(SequenceWriter.prototype, 'borrow')
    onTestFinished(() => borrowed.mockRestore())
    const { room, heard } = await crowd(chat, 5)
    room.broadcast('hello')
    await settled()
    const frames = borrowed.mock.calls.map(([frame]) => frame)
    expect(frames).toHaveLength(4)
    expect(new Set(frames).size).toBe(1)
    expect(heard).toEqual([['hello'], ['hello'], ['hello'], ['hello']])
  })

  test('makes one for each peer where there are layers, which write around it what differs', async () => {
    const { frames, ...middleware } = witness()
    const topic = defineTopic({ name: 'chat', codec: plainJson, middleware: [middleware] })
    const { room, heard } = await crowd(topic, 5)
    room.broadcast('hello')
    await settled()
    const places = frames.map(({ buffer, byteOffset }) => ({ buffer, byteOffset }))
    expect(frames).toHaveLength(4)
    for (const [at, place] of places.entries())
      for (const other of places.slice(at + 1)) expect(other).not.toEqual(place)
    expect(heard).toEqual([['hello'], ['hello'], ['hello'], ['hello']])
  })

  test('is heard as it was by all others, when one is sent more in the same tick', async () => {
    const { others, room, heard } = await crowd(chat, 4)
    const [, second] = others
    if (second === undefined) throw new RangeError('There are three others.')
    room.broadcast('to all')
    room.send('to you', keyOf(second))
    room.broadcast('to all again')
    room.send('to you again', keyOf(second))
    await settled()
    const all = ['to all', 'to all again']
    expect(heard).toEqual([all, ['to all', 'to you', 'to all again', 'to you again'], all])
  })

  test('comes behind what was sent before it in the tick', async () => {
    const { others, room, heard } = await crowd(chat, 3)
    const [first] = others
    if (first === undefined) throw new RangeError('There are two others.')
    room.send('to you', keyOf(first))
    room.broadcast('to all')
    await settled()
    expect(heard).toEqual([['to you', 'to all'], ['to all']])
  })

  test('has its own copy of bytes that the app goes on to change', async () => {
    const { room, heard } = await crowd(defineTopic({ name: 'bytes' }), 3)
    const bytes = Buffer.from('first')
    room.broadcast(bytes)
    bytes.fill('x')
    await settled()
    expect(heard).toEqual([[Buffer.from('first')], [Buffer.from('first')]])
  })

  test.each([4000, 66_000, 200_000])('of %i bytes arrives unharmed by the next, everywhere', async length => {
    const { room, heard } = await crowd(defineTopic({ name: 'bytes' }), 4)
    const sent = [1, 2, 3].map(fill => Buffer.alloc(length, fill))
    for (const message of sent) room.broadcast(message)
    await settled()
    const same = (messages: readonly unknown[]) =>
      messages.length === 3 && sent.every((message, at) => message.equals(bytesOf(messages[at])))
    expect(heard.map(same)).toEqual([true, true, true])
  })

  test('waits in one microtask for the end of the tick, whatever the number of peers', async () => {
    const { room } = await crowd(chat, 6)
    const microtasks = vi.spyOn(globalThis, 'queueMicrotask')
    room.broadcast('hello')
    room.broadcast('hello again')
    const queued = microtasks.mock.calls.length
    microtasks.mockRestore()
    expect(queued).toBe(1)
  })

  test('ends when whoever is told of one that cannot take it leaves the topic, and joins it again', async () => {
    const { frames, ...middleware } = witness()
    const topic = defineTopic({ name: 'bytes', private: false, middleware: [middleware] })
    const { ada, room } = await crowd(topic, 4)
    const again = vi.fn(() => {
      ada.sockets.leave()
      ada.sockets.join(topic)
    })
    ada.sockets.on('reject', again)
    // More than a connection carries, for every peer.
    expect(room.broadcast(Buffer.alloc(9_000_000))).toBe(0)
    await settled()
    expect(again).toHaveBeenCalledTimes(1)
  })
})
