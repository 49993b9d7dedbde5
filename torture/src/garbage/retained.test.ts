import { json } from '@peersockets/codec-json'
import { msgpack } from '@peersockets/codec-msgpack'
import { createNetwork } from '@peersockets/testing'
import { type Codec, defineTopic, Peersockets, type PeersocketsError } from 'peersockets'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'

const MESSAGES = 24
const BYTES = 1024 * 1024
/** What all errors together may keep alive, where the messages have 24 MiB: the last message may still be held by what has just run. */
const MAX_RETAINED = 3 * 1024 * 1024

const long = 'x'.repeat(BYTES)
const strict = z.strictObject({ a: z.string() })

/** What is kept of `MESSAGES` messages by somebody who keeps all that he is told of their rejection, in bytes. */
async function retained(codec: Codec, message: Buffer, schema: z.ZodType = z.unknown()): Promise<number> {
  const network = await createNetwork({ stack: 'memory' })
  onTestFinished(() => network.close())
  const [near, far] = network.networkers
  if (near === undefined || far === undefined) throw new RangeError('Two peers.')
  const kept: PeersocketsError[] = []
  const victim = new Peersockets(near, { onreject: error => void kept.push(error) })
  victim.join(defineTopic({ name: 'chat', codec, schema }))
  const room = new Peersockets(far).join(
    defineTopic({
      name: 'chat',
      codec: { name: codec.name, encode: () => Buffer.from(message), decode: () => 0 }
    })
  )
  await expect.poll(() => room.peers.size).toBe(1)
  const before = used()
  for (let n = 1; n <= MESSAGES; n++) {
    room.broadcast(n)
    await expect.poll(() => kept.length, { interval: 2 }).toBe(n)
  }
  const after = used()
  // Still here, also after the last garbage collection.
  expect(kept).toHaveLength(MESSAGES)
  for (const { message, issues } of kept) expect(message.length + issues.length).toBeLessThan(1000)
  return after - before
}

function used(): number {
  if (global.gc === undefined) throw new Error('This runs with --expose-gc.')
  for (let time = 0; time < 3; time++) global.gc()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

const text = (value: string): Buffer => Buffer.from(value)

test.each<[string, Codec, Buffer, z.ZodType?]>([
  ['text that is no JSON', json(), text(`{"a":"${long}",}`)],
  ['JSON with a lone surrogate below a long key', json(), text(`{"${long}":"\\ud800"}`)],
  ['JSON with an integer of very many digits', json(), text('9'.repeat(300))],
  ['JSON with a long key twice', json(), text(`{"${long}":1,"${long}":2}`)],
  ['JSON of a string instead of an object', json(), text(JSON.stringify(long)), strict],
  ['JSON with a long key that the schema does not know', json(), text(`{"a":"","${long}":1}`), strict],
  [
    'JSON with a long key whose value is wrong',
    json(),
    text(`{"${long}":1}`),
    z.record(z.string(), z.string())
  ],
  ['JSON with very many wrong values', json(), text(`[${'0,'.repeat(10_000)}0]`), z.array(z.string())],
  ['MessagePack that is cut off', msgpack(), Buffer.concat([Buffer.of(0xdb, 0, 0x20, 0, 0), text(long)])],
  [
    'MessagePack with a long key that the schema does not know',
    msgpack(),
    msgpack().encode({ [long]: 1 }),
    strict
  ]
])('an error about %s keeps nothing of it alive', async (_what, codec, message, schema) => {
  expect(await retained(codec, message, schema)).toBeLessThan(MAX_RETAINED)
})
