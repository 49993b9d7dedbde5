import { settled } from '@peersockets/testing'
import type Protomux from 'protomux'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connected, listen } from './test-support/connected.js'

/** Protomux: the control channel, an open, our id of it, the name, and no id of the protocol. */
function open(id: number, protocol: string): Buffer {
  const bytes = Buffer.alloc(5)
  bytes[0] = 0xfe
  bytes.writeUInt32LE(id, 1)
  const name = Buffer.from(protocol)
  return Buffer.concat([Buffer.of(1), bytes, Buffer.of(name.length), name, Buffer.of(0)])
}

/** So many opens at once, in messages of a batch each. */
function opens(from: number, count: number, protocol = 'nobody has it'): Buffer {
  const parts: Buffer[] = [Buffer.of(0, 0, 0)]
  for (let id = from; id < from + count; id++) {
    const message = open(id, protocol)
    parts.push(Buffer.of(message.length), message)
  }
  return Buffer.concat(parts)
}

function escaping(): unknown[] {
  const escaped: unknown[] = []
  const onescaped = (error: unknown) => void escaped.push(error)
  process.on('uncaughtException', onescaped)
  process.on('unhandledRejection', onescaped)
  onTestFinished(() => {
    process.off('uncaughtException', onescaped)
    process.off('unhandledRejection', onescaped)
  })
  return escaped
}

/** As much as is kept of what the peer has opened. */
function kept(mux: Protomux): number {
  return mux._infos.size + mux._notify.size
}

describe('a peer that opens without an end what nobody has', () => {
  test('is answered, and leaves nothing behind', async () => {
    const escaped = escaping()
    const { ends } = await connected()
    const [near, far] = [listen(ends[0], 'x'), listen(ends[1], 'x')]
    await settled()
    const before = kept(ends[0].mux)
    // The Protomux there knows nothing of what is written past it. The channel of `x` has the first id.
    Object.assign(ends[1].mux, { _onrejectsession: () => undefined })
    for (let round = 0; round < 20; round++) {
      ends[1].stream.write(opens(2 + 1000 * round, 1000))
      await settled()
    }
    expect([kept(ends[0].mux), ends[0].stream.destroyed]).toEqual([before, false])
    expect([near.log, far.log, escaped]).toEqual([['[open]'], ['[open]'], []])
  })

  test('and takes no answer loses its connection, before it has filled the memory', async () => {
    const escaped = escaping()
    const { network, ends } = await connected()
    listen(ends[0], 'x')
    await settled()
    network.stall(0, 1)
    const reader: { _ondata(bytes: Buffer): void } = Object(ends[0].mux)
    let rounds = 0
    for (; rounds < 1000 && !ends[0].stream.destroyed; rounds++) {
      // What the peer sends passes, and what we answer does not.
      reader._ondata(opens(1 + 1000 * rounds, 1000))
      await settled()
    }
    expect([ends[0].stream.destroyed, escaped]).toEqual([true, []])
    expect(rounds).toBeLessThan(200)
    expect(rounds).toBeGreaterThan(100)
  })

  test('is done with when it has had more channels than any peer needs', async () => {
    const escaped = escaping()
    const { ends } = await connected()
    listen(ends[0], 'x')
    await settled()
    const remote: unknown[] = Object(ends[0].mux)._remote
    remote.length = 2 ** 20
    remote.fill(null)
    ends[1].stream.write(opens(2 ** 20 + 1, 1))
    await settled()
    expect([ends[0].stream.destroyed, escaped]).toEqual([true, []])
  })

  test('may open and close one protocol as often as it likes', async () => {
    const escaped = escaping()
    const { ends } = await connected()
    const near = listen(ends[0], 'x')
    await settled()
    const before = kept(ends[0].mux)
    for (let round = 0; round < 200; round++) {
      const far = listen(ends[1], 'x')
      await settled()
      far.channel.close()
      await settled()
    }
    expect(near.log).toHaveLength(400)
    expect([kept(ends[0].mux), [...ends[0].mux].length]).toEqual([before, 0])
    expect(ends[0].connection.queuedBytes).toBe(0)
    expect(escaped).toEqual([])
  })
})
