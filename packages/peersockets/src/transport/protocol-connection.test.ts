import { createNetwork, type ProtocolStream } from '@peersockets/testing'
import HypercoreProtocol from 'hypercore-protocol'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ProtocolConnection } from './protocol-connection.js'

const key = Buffer.alloc(32, 1)

function connection(stream: ProtocolStream): ProtocolConnection {
  return new ProtocolConnection({ remotePublicKey: key }, stream, key, key)
}

describe('the keys that a connection exports', () => {
  test('are 32 bytes, shared crosswise by the two sides, and another pair for every label', async () => {
    const network = await createNetwork({ stack: 'memory', peers: 2 })
    onTestFinished(() => network.close())
    const [near, far] = network.streams(0, 1)
    const keys = ['', 'a', 'b', 'a\n'].map(label => ({
      near: connection(near).exportKey(label),
      far: connection(far).exportKey(label)
    }))
    for (const { near: mine, far: theirs } of keys) {
      expect(mine.send).toHaveLength(32)
      expect(mine.send).toEqual(theirs.receive)
      expect(mine.receive).toEqual(theirs.send)
    }
    expect(new Set(keys.flatMap(({ near: { send, receive } }) => [send, receive].map(String))).size).toBe(8)
  })

  test("are the caller's own: wiping them changes nothing", async () => {
    const network = await createNetwork({ stack: 'memory', peers: 2 })
    onTestFinished(() => network.close())
    const [near] = network.streams(0, 1)
    const first = connection(near).exportKey('a')
    const copy = Buffer.from(first.send)
    first.send.fill(0)
    expect(connection(near).exportKey('a').send).toEqual(copy)
  })

  test('do not exist without a noise handshake: ERR_NO_KEY_EXPORT', () => {
    const stream = new HypercoreProtocol(true, { noise: false, encrypted: false, timeout: false })
    expect(() => connection(stream).exportKey('a')).toThrow(
      expect.objectContaining({ code: 'ERR_NO_KEY_EXPORT' })
    )
  })
})

describe('waiting for a stream to drain', () => {
  test('wakes everybody who waits, once, and hooks into the stream once, whoever looks at it', async () => {
    const network = await createNetwork({ stack: 'memory', peers: 2, connected: false })
    onTestFinished(() => network.close())
    const link = await network.connect(0, 1)
    const [near] = link.streams
    link.stall()
    const extension = near.registerExtension('x')
    extension.send(Buffer.alloc(100_000))
    const woken: number[] = []
    for (let n = 0; n < 3; n++) connection(near).ondrain(() => woken.push(n))
    const hook = near._readableState.shift
    connection(near).ondrain(() => woken.push(3))
    expect(near._readableState.shift).toBe(hook)
    expect(woken).toEqual([])
    link.resume()
    await expect.poll(() => woken).toEqual([0, 1, 2, 3])
    extension.send(Buffer.alloc(100_000))
    await expect.poll(() => near._readableState.buffered).toBe(0)
    expect(woken).toHaveLength(4)
  })

  test('wakes also when less was waiting than the stream itself would call much', async () => {
    const network = await createNetwork({ stack: 'memory', peers: 2, connected: false })
    onTestFinished(() => network.close())
    const link = await network.connect(0, 1)
    const [near] = link.streams
    link.stall()
    near.registerExtension('x').send(Buffer.alloc(100))
    const woken = new Promise<void>(resolve => connection(near).ondrain(resolve))
    link.resume()
    await woken
    expect(near._readableState.buffered).toBeLessThan(100)
  })

  test('ends with the stream, also with one that has ended before', async () => {
    const network = await createNetwork({ stack: 'memory', peers: 2, connected: false })
    onTestFinished(() => network.close())
    const link = await network.connect(0, 1)
    const [near] = link.streams
    link.stall()
    near.registerExtension('x').send(Buffer.alloc(100_000))
    const waiting = new Promise<void>(resolve => connection(near).ondrain(resolve))
    near.destroy()
    await waiting
    await new Promise<void>(resolve => connection(near).ondrain(resolve))
  })
})

describe('destroying a connection', () => {
  test('raises no error event, at either end', async () => {
    const network = await createNetwork({ stack: 'memory', peers: 2 })
    onTestFinished(() => network.close())
    const streams = network.streams(0, 1)
    const errors: Error[] = []
    for (const stream of streams) stream.on('error', error => errors.push(error))
    connection(streams[0]).destroy()
    connection(streams[0]).destroy()
    await expect.poll(() => streams.map(stream => stream.destroyed)).toEqual([true, true])
    expect(errors).toEqual([])
  })
})
