import { EventEmitter } from 'node:events'
import { createNetwork } from '@peersockets/testing'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { settled } from '../test-support/parties.js'
import { writeVarint } from '../varint.js'
import { NetworkerTransport } from './networker.js'
import type { Connection } from './transport.js'

function varint(value: number): Buffer {
  const bytes = Buffer.alloc(10)
  return bytes.subarray(0, writeVarint(bytes, value, 0))
}

const number = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 5 }) },
  { weight: 1, arbitrary: fc.constantFrom(127, 128, 2 ** 31, 2 ** 32, 2 ** 48, Number.MAX_SAFE_INTEGER) }
)
const body = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes)),
  fc.tuple(number.map(varint), fc.uint8Array({ maxLength: 20 })).map(parts => Buffer.concat(parts)),
  // Fields of protobuf: a number, bytes.
  fc
    .array(
      fc
        .tuple(fc.integer({ min: 1, max: 6 }), fc.oneof(number, fc.uint8Array({ maxLength: 33 })))
        .map(([field, value]) =>
          typeof value === 'number'
            ? Buffer.concat([varint(field * 8), varint(value)])
            : Buffer.concat([varint(field * 8 + 2), varint(value.length), value])
        ),
      { maxLength: 5 }
    )
    .map(fields => Buffer.concat(fields))
)
const message = fc
  .tuple(number, fc.oneof(fc.constantFrom(0, 1, 10, 15), fc.integer({ min: 0, max: 15 })), body)
  .map(([channel, type, bytes]) => {
    const header = varint(Math.min(channel, 2 ** 48) * 16 + type)
    return Buffer.concat([varint(header.length + bytes.length), header, bytes])
  })
const garbage = fc.uint8Array({ maxLength: 60 }).map(bytes => Buffer.from(bytes))

test('whatever a peer writes after its handshake costs its connection at most', async () => {
  const escaped: unknown[] = []
  const onescaped = (error: unknown) => void escaped.push(error)
  process.on('uncaughtException', onescaped)
  process.on('unhandledRejection', onescaped)
  onTestFinished(() => {
    process.off('uncaughtException', onescaped)
    process.off('unhandledRejection', onescaped)
  })
  let survived = 0
  const writes = fc.array(fc.oneof({ weight: 9, arbitrary: message }, { weight: 1, arbitrary: garbage }), {
    maxLength: 20,
    size: 'max'
  })
  await fc.assert(
    fc.asyncProperty(writes, async parts => {
      const network = await createNetwork({ stack: 'memory', peers: 2 })
      const [near, far] = network.streams(0, 1)
      const up: Connection[] = []
      const transport = new NetworkerTransport(Object.assign(new EventEmitter(), { streams: [near] }))
      transport.start({ onconnection: connection => up.push(connection), onclose: () => undefined })
      const [connection] = up
      if (connection === undefined) throw new Error('They are connected.')
      const told: string[] = []
      connection.onannounce(name => told.push(name))
      const channel = connection.open('x', { onmessage: () => undefined })
      await settled()
      const state: { _encryption: { encrypt(bytes: Buffer): Buffer } } = Object(far.state)
      for (const part of parts) {
        if (!far.destroyed) far.push(state._encryption.encrypt(Buffer.from(part)))
        channel.send(Buffer.from('to the peer'))
        if (part.length % 3 === 0) await new Promise(resolve => setImmediate(resolve))
      }
      await settled()
      const flushed = connection.flush()
      channel.close()
      await settled()
      expect(escaped).toEqual([])
      if (!near.destroyed) survived++
      await network.close()
      expect(typeof (await flushed)).toBe('boolean')
      transport.stop()
    }),
    { numRuns: 300 }
  )
  expect(survived).toBeGreaterThan(20)
})
