import fc from 'fast-check'
import { expect, test } from 'vitest'
import { VarintReader } from '../varint.js'
import { BlockPool } from './block-pool.js'
import { PacketWriter } from './packet-writer.js'
import { readSequence } from './sequence.js'

// Near the edge from both sides: lengths of one byte to three, and what is left of 65 KiB beside them.
const length = fc.oneof(
  fc.nat(300),
  fc.integer({ min: 16_000, max: 17_000 }),
  fc.integer({ min: 66_400, max: 66_600 })
)

test('whatever frames a tick has, each packet is one that a receiver takes, and none is lost or out of order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(0xffff_ffff), length), { maxLength: 30 }), async frames => {
      const packets: Buffer[] = []
      const writer = new PacketWriter(new BlockPool(), packet => packets.push(Buffer.from(packet)))
      for (const [header, bytes] of frames) writer.append(header, Buffer.alloc(bytes))
      await Promise.resolve()
      const read = packets.flatMap(packet => {
        const items = readSequence(packet)
        if (items === undefined) throw new Error(`A packet of ${packet.length} bytes is refused.`)
        return items.map(item => {
          const reader = new VarintReader(item)
          return [reader.read(), reader.rest().length]
        })
      })
      expect(read).toEqual(frames)
    })
  )
})
