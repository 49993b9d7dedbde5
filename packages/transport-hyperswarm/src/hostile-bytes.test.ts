import { settled } from '@peersockets/testing'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { connected, listen } from './test-support/connected.js'

const uint = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 4 }).map(value => Buffer.of(value)) },
  { weight: 1, arbitrary: fc.constant(Buffer.of(0xfd, 0xff, 0xff)) },
  { weight: 1, arbitrary: fc.constant(Buffer.of(0xfe, 0xff, 0xff, 0xff, 0xff)) },
  { weight: 1, arbitrary: fc.constant(Buffer.alloc(9, 0xff)) },
  { weight: 1, arbitrary: fc.constant(Buffer.of(0xff, 0, 0, 0, 0, 0, 0, 0xf0, 0x7f)) }
)
const name = fc.constantFrom('x', 'y', 'nobody has it', '').map(text => Buffer.from(text))
const prefixed = (bytes: Buffer) => Buffer.concat([Buffer.of(bytes.length), bytes])
const id = fc.constantFrom(Buffer.of(0), prefixed(Buffer.from('id')))

/** Messages of Protomux that are nearly right, and bytes that are not. */
const message = fc.oneof(
  // An open, a refusal and a close on the control channel; a message on another; anything.
  fc
    .tuple(uint, name, id)
    .map(([remote, text, other]) => Buffer.concat([Buffer.of(0, 1), remote, prefixed(text), other])),
  fc.tuple(fc.constantFrom(2, 3), uint).map(([type, remote]) => Buffer.concat([Buffer.of(0, type), remote])),
  fc.tuple(uint, uint, fc.uint8Array({ maxLength: 20 })).map(parts => Buffer.concat(parts)),
  fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes))
)
const batch = fc
  .tuple(uint, fc.array(message, { minLength: 1, maxLength: 6 }))
  .map(([channel, messages]) =>
    Buffer.concat([Buffer.of(0, 0), channel, ...messages.map(one => prefixed(one.subarray(1)))])
  )

test('whatever a peer writes costs its connection at most', async () => {
  const escaped: unknown[] = []
  const onescaped = (error: unknown) => void escaped.push(error)
  process.on('uncaughtException', onescaped)
  process.on('unhandledRejection', onescaped)
  onTestFinished(() => {
    process.off('uncaughtException', onescaped)
    process.off('unhandledRejection', onescaped)
  })
  let survived = 0
  await fc.assert(
    fc.asyncProperty(fc.array(fc.oneof(message, batch), { maxLength: 20, size: 'max' }), async writes => {
      const { ends } = await connected()
      const near = listen(ends[0], 'x')
      const told: string[] = []
      ends[0].connection.onannounce(protocol => told.push(protocol))
      const flushed = ends[0].connection.flush()
      await settled()
      for (const write of writes) {
        ends[1].stream.write(write)
        near.channel.send(Buffer.from('to the peer'))
        if (write.length % 3 === 0) await new Promise(resolve => setImmediate(resolve))
      }
      await settled()
      near.channel.close()
      await settled()
      expect(escaped).toEqual([])
      if (!ends[0].stream.destroyed) survived++
      ends[1].stream.destroy()
      await settled()
      expect(typeof (await flushed)).toBe('boolean')
    }),
    { numRuns: 300 }
  )
  expect(survived).toBeGreaterThan(20)
})
