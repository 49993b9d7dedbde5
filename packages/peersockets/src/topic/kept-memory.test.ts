import { expect, test } from 'vitest'
import type { Middleware } from '../plugin.js'
import { keyOf, parties, settled } from '../test-support/parties.js'
import { defineTopic } from './definition.js'

const passing: Middleware = { name: 'mw', open: () => ({ send: frame => frame, receive: frame => frame }) }
/** Small messages are parts of one buffer of this size. */
const POOL = 8192

test.each([
  ['public', { private: false as const }],
  ['public, with a layer', { private: false as const, middleware: [passing] }],
  ['private', { private: true as const }],
  ['private, unbatched', { private: true as const, batch: false }],
  ['private, with a layer', { private: true as const, middleware: [passing] }]
])('messages that are kept keep little more than themselves alive: %s', async (_kind, kind) => {
  const {
    parties: [ada, bob]
  } = await parties()
  const topic = defineTopic({ ...kind, name: 'chat' })
  const [kept, looped]: [Buffer[], Buffer[]] = [[], []]
  bob.sockets.join(topic, { onmessage: message => kept.push(message) })
  const handle = bob.sockets.join(topic)
  const loop = (async () => {
    for await (const { message } of handle) looped.push(message)
  })()
  const room = ada.sockets.join(topic)
  await settled()
  // Among large ones, and in the batches of a tick.
  const sizes = [16, 60_000, 16, 16, 200_000, 0, 16, 1_000_000, 16, 100, 5_000]
  for (const size of sizes) room.send(Buffer.alloc(size, 1), keyOf(bob))
  for (let n = 0; n < 500; n++) room.send(Buffer.alloc(16, 2), keyOf(bob))
  await settled()
  void handle.close()
  await loop
  for (const messages of [kept, looped]) {
    expect(messages).toHaveLength(sizes.length + 500)
    for (const message of messages)
      expect(message.buffer.byteLength).toBeLessThanOrEqual(Math.max(POOL, 2 * message.length))
  }
})

test.each([
  ['public', { private: false as const }],
  ['private', { private: true as const }],
  ['private, unbatched', { private: true as const, batch: false }]
])('a large message is not copied where there is one handle to take it: %s', async (_kind, kind) => {
  const {
    parties: [ada, bob]
  } = await parties()
  const seen: Buffer[] = []
  const receive = (frame: Buffer): Buffer => {
    seen.push(frame)
    return frame
  }
  const witness: Middleware = { name: 'mw', open: () => ({ send: frame => frame, receive }) }
  const kept: Buffer[] = []
  bob.sockets.join(defineTopic({ ...kind, name: 'chat', middleware: [witness] }), {
    onmessage: message => kept.push(message)
  })
  const room = ada.sockets.join(defineTopic({ ...kind, name: 'chat', middleware: [passing] }))
  await settled()
  room.send(Buffer.alloc(3_000_000, 1), keyOf(bob))
  await settled()
  expect([kept[0]?.length, kept[0]?.buffer === seen[0]?.buffer]).toEqual([3_000_000, true])
})
