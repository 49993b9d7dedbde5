import { settled } from '@peersockets/testing'
import { Peersockets } from 'peersockets'
import { describe, expect, onTestFinished, test } from 'vitest'
import { hyperswarm } from './index.js'
import { connected, listen } from './test-support/connected.js'

describe('what is queued for a peer', () => {
  test('is counted while the peer does not read, and has gone when it reads again', async () => {
    const { network, ends } = await connected()
    const [near, far] = [listen(ends[0], 'x'), listen(ends[1], 'x')]
    await settled()
    const { connection } = ends[0]
    expect(connection.queuedBytes).toBe(0)
    network.stall(0, 1)
    const chunk = Buffer.alloc(100_000)
    for (let n = 1; n <= 20; n++) {
      near.channel.send(chunk)
      await settled()
      // What the pipe below has taken in part has not gone.
      expect(connection.queuedBytes).toBeGreaterThanOrEqual(n * chunk.length)
      expect(connection.queuedBytes).toBeLessThan(n * (chunk.length + 16))
    }
    network.resume(0, 1)
    await settled()
    expect(connection.queuedBytes).toBe(0)
    expect(far.log).toHaveLength(21)
  })

  test('counts what another protocol has corked with it', async () => {
    const { ends } = await connected()
    const [near, far] = [listen(ends[0], 'x'), listen(ends[1], 'x')]
    await settled()
    ends[0].mux.cork()
    near.channel.send(Buffer.alloc(100_000))
    expect(ends[0].connection.queuedBytes).toBeGreaterThanOrEqual(100_000)
    let woken = false
    ends[0].connection.ondrain(() => {
      woken = true
    })
    await settled()
    expect(woken).toBe(false)
    ends[0].mux.uncork()
    await settled()
    expect([woken, ends[0].connection.queuedBytes, far.log.length]).toEqual([true, 0, 2])
  })

  test('wakes who waits for a single byte to go, and who waits when the connection ends', async () => {
    const { network, ends } = await connected()
    const [near] = [listen(ends[0], 'x'), listen(ends[1], 'x')]
    await settled()
    const woken: string[] = []
    near.channel.send(Buffer.alloc(1))
    ends[0].connection.ondrain(() => woken.push('a byte'))
    await settled()
    expect(woken).toEqual(['a byte'])
    network.stall(0, 1)
    for (let n = 0; n < 4; n++) near.channel.send(Buffer.alloc(100_000))
    await settled()
    ends[0].connection.ondrain(() => woken.push('the end'))
    await settled()
    expect(woken).toEqual(['a byte'])
    await network.cut(0, 1)
    expect(woken).toEqual(['a byte', 'the end'])
    ends[0].connection.ondrain(() => woken.push('afterwards'))
    await settled()
    expect(woken.at(-1)).toBe('afterwards')
  })

  test('is bounded by maxQueuedBytes, with the smallest high-water mark as well', async () => {
    const { network, ends } = await connected()
    const [first, second] = network.swarms
    if (first === undefined || second === undefined) throw new Error('There are two.')
    const sockets = new Peersockets(hyperswarm(first), { highWaterMark: 1, maxQueuedBytes: 500_000 })
    const reader = new Peersockets(hyperswarm(second))
    onTestFinished(() => {
      sockets.stop()
      reader.stop()
    })
    let received = 0
    reader.join('bulk', { onmessage: () => received++ })
    const room = sockets.join('bulk')
    await settled()
    network.stall(0, 1)
    const peer = second.keyPair.publicKey
    let sent = 0
    const flood = () => {
      for (; sent < 100; sent++) room.send(Buffer.alloc(50_000), peer)
    }
    expect(flood).toThrow(expect.objectContaining({ code: 'ERR_PEER_CONGESTED' }))
    expect(ends[0].connection.queuedBytes).toBeLessThanOrEqual(510_000)
    network.resume(0, 1)
    await room.drained(peer)
    await settled()
    expect([received, ends[0].connection.queuedBytes]).toEqual([sent, 0])
  })
})

describe('the largest frame', () => {
  test('arrives, also behind all that Protomux corks at once', async () => {
    const { ends } = await connected()
    const sizes: number[] = []
    const near = ends[0].connection.open('x', { onmessage: () => {} })
    ends[1].connection.open('x', { onmessage: frame => sizes.push(frame.length) })
    await settled()
    const largest = Buffer.alloc(ends[0].connection.maxFrameBytes)
    near.send(largest)
    ends[0].mux.cork()
    // A byte less than what makes Protomux begin another batch, as it counts.
    const before = Buffer.alloc(8 * 1024 * 1024 - 10)
    near.send(before)
    expect(ends[0].mux._batchState?.end).toBe(8 * 1024 * 1024 - 1)
    near.send(largest)
    ends[0].mux.uncork()
    await expect.poll(() => sizes).toEqual([largest.length, before.length, largest.length])
    expect(ends.map(({ stream }) => stream.destroyed)).toEqual([false, false])
  })
})
