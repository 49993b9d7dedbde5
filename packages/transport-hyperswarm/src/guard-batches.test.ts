import { settled } from '@peersockets/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connected, listen } from './test-support/connected.js'

/** As deep as it takes to end the stack, many times over. */
const DEPTH = 60_000

/** Protomux: channel 0, type 0, and then a channel, a length, and a message of that channel. */
function nestedBatches(depth: number): Buffer {
  const heads: Buffer[] = [Buffer.of(0)]
  for (let size = 1; heads.length < depth; ) {
    const head = Buffer.of(0, 0, 0xfe, 0, 0, 0, 0)
    head.writeUInt32LE(size, 3)
    heads.push(head)
    size += head.length
  }
  return Buffer.concat([Buffer.of(0), ...heads.reverse()])
}

describe('a batch of Protomux', () => {
  test.each([2, DEPTH])('within another, %d deep, ends its connection, and nothing else', async depth => {
    const escaped: unknown[] = []
    const onescaped = (error: unknown) => void escaped.push(error)
    process.on('uncaughtException', onescaped)
    onTestFinished(() => void process.off('uncaughtException', onescaped))
    const { ends } = await connected()
    listen(ends[0], 'x')
    await settled()
    ends[1].stream.write(nestedBatches(depth + 1))
    await settled()
    expect([escaped, ends[0].stream.destroyed]).toEqual([[], true])
  })

  test('by itself is read, one after the other', async () => {
    const { ends } = await connected()
    const [near, far] = [listen(ends[0], 'x'), listen(ends[1], 'x')]
    await settled()
    for (const round of ['a', 'b']) {
      ends[1].mux.cork()
      for (const n of [1, 2]) far.channel.send(Buffer.from(`${round}${n}`))
      ends[1].mux.uncork()
      await settled()
    }
    expect(near.log).toEqual(['[open]', 'a1', 'a2', 'b1', 'b2'])
  })
})
