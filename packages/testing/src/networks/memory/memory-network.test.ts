import { once } from 'node:events'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createNetwork, type MemoryNetwork } from '../index.js'

let network: MemoryNetwork | undefined
afterEach(() => network?.close())

async function create(peers: number, connected = true): Promise<MemoryNetwork> {
  network = await createNetwork({ peers, stack: 'memory', connected })
  return network
}

describe('a network in memory', () => {
  test('every peer shares a finished handshake with every other', async () => {
    const { networkers, streams } = await create(3)
    expect(networkers.map(networker => networker.streams.size)).toEqual([2, 2, 2])
    const [near, far] = streams(2, 0)
    expect(near.remotePublicKey).toEqual(networkers[0]?.keyPair.publicKey)
    expect(far.remotePublicKey).toEqual(networkers[2]?.keyPair.publicKey)
    expect(near.state.handshakeHash).toHaveLength(64)
    expect(near.state.handshakeHash).toEqual(far.state.handshakeHash)
    const label = Buffer.alloc(32, 7)
    expect(near.state.capability(label)).toEqual(far.state.remoteCapability(label))
  })

  test('an extension message arrives as it was sent, and travels encrypted', async () => {
    const { streams, attack } = await create(2)
    const [near, far] = streams(0, 1)
    const wire: Buffer[] = []
    attack(chunk => {
      wire.push(chunk)
      return chunk
    })
    const arrived = new Promise(resolve => far.registerExtension('x', { onmessage: resolve }))
    near.registerExtension('x').send(Buffer.from('pay alice 10'))
    expect(await arrived).toEqual(Buffer.from('pay alice 10'))
    expect(Buffer.concat(wire).includes('pay alice')).toBe(false)
  })

  test.each([
    [0, 1],
    [1, 0]
  ])('the end of what peer %i sends arrives', async (from, to) => {
    const { streams } = await create(2)
    const [near, far] = streams(from, to)
    const ended = once(far, 'end')
    near.push(null)
    await ended
  })

  test('a flipped bit arrives flipped', async () => {
    const { streams, attack } = await create(2)
    const [near, far] = streams(0, 1)
    const sender = near.registerExtension('x')
    const received: string[] = []
    const heard = (count: number) => expect.poll(() => received.length).toBe(count)
    far.registerExtension('x', { onmessage: message => received.push(message.toString()) })
    sender.send(Buffer.from('hello'))
    await heard(1)
    attack(chunk => {
      chunk[chunk.length - 2] = (chunk.at(-2) ?? 0) ^ 0x08
      return chunk
    })
    sender.send(Buffer.from('pay alice 10'))
    await heard(2)
    attack()
    sender.send(Buffer.from('pay alice 10'))
    await heard(3)
    expect(received).toEqual(['hello', 'pay alice 90', 'pay alice 10'])
  })

  test('an attack learns who sends to whom, and in which place of the stream', async () => {
    const { connect, attack } = await create(3, false)
    const next = new Map<string, number>()
    attack((chunk, { from, to, direction, offset }) => {
      const key = `${from} ${direction} ${to}`
      expect(offset).toBe(next.get(key) ?? 0)
      next.set(key, offset + chunk.length)
      return [chunk.subarray(0, 1), chunk.subarray(1)]
    })
    const { streams } = await connect(2, 1)
    expect([...next.keys()].sort()).toEqual(['1 down 2', '2 up 1'])
    expect(next.get('2 up 1')).toBe(streams[0].bytesSent)
  })

  test('a handshake that is tampered with connects nobody', async () => {
    const { connect, attack, networkers } = await create(2, false)
    attack((chunk, { direction }) => (direction === 'up' ? chunk : Buffer.from(chunk.fill(1, 1))))
    await expect(connect(0, 1)).rejects.toThrow()
    expect(networkers.map(networker => networker.streams.size)).toEqual([0, 0])
  })

  test('a cut is told to both, keeps them apart, and heals', async () => {
    const { networkers, streams, cut, heal, connect } = await create(3)
    const [near, far] = streams(0, 1)
    const closed = networkers.map(networker => {
      const gone: unknown[] = []
      networker.on('stream-closed', stream => gone.push(stream))
      return gone
    })
    await cut(1, 0)
    expect(closed).toEqual([[near], [far], []])
    expect(() => streams(0, 1)).toThrow('not connected')
    await expect(connect(0, 1)).rejects.toThrow('cut from each other')
    const [again] = networkers
    const handshake = again && once(again, 'handshake')
    await heal(0, 1)
    expect(await handshake).toEqual([streams(0, 1)[0]])
    expect(streams(0, 1)[0]).not.toBe(near)
  })

  test('stalled peers hold messages back, in order, until they resume', async () => {
    const { streams, stall, resume } = await create(2)
    const [near, far] = streams(0, 1)
    const received: string[] = []
    far.registerExtension('x', { onmessage: message => received.push(message.toString()) })
    const sender = near.registerExtension('x')
    stall(1, 0)
    for (let n = 0; n < 100; n++) sender.send(Buffer.from(`${n}`.padEnd(1000)))
    await new Promise(resolve => setTimeout(resolve, 20))
    expect(received).toEqual([])
    expect(near._readableState.buffered).toBeGreaterThan(100_000)
    resume(1, 0)
    await expect.poll(() => received.length).toBe(100)
    expect(received.map(Number)).toEqual(Array.from({ length: 100 }, (_, n) => n))
    expect(near._readableState.buffered).toBe(0)
  })

  test('what is throttled passes a byte at a time, and the other direction is free', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const { streams, throttle } = await create(2)
      const [near, far] = streams(0, 1)
      const received: string[] = []
      const listen = { onmessage: (message: Buffer) => received.push(message.toString()) }
      const [fromNear, fromFar] = [near.registerExtension('x', listen), far.registerExtension('x', listen)]
      throttle(0, 1, 2)
      const before = far.bytesReceived
      fromNear.send(Buffer.from('slow'))
      fromFar.send(Buffer.from('fast'))
      const turns = async () => {
        for (let turn = 0; turn < 10; turn++) await new Promise(resolve => setImmediate(resolve))
      }
      await turns()
      expect([received, far.bytesReceived - before]).toEqual([['fast'], 0])
      await vi.advanceTimersByTimeAsync(1000)
      await turns()
      expect([received, far.bytesReceived - before]).toEqual([['fast'], 2])
      throttle(0, 1, Number.POSITIVE_INFINITY)
      await turns()
      expect(received).toEqual(['fast', 'slow'])
      expect(() => throttle(0, 1, 0)).toThrow('above 0')
    } finally {
      vi.useRealTimers()
    }
  })

  test('a cut and a close break a handshake that is not over', async () => {
    const { connect, cut, close, networkers } = await create(3, false)
    const [cutOff, closed] = [connect(0, 1), connect(1, 2)]
    const broken = [expect(cutOff).rejects.toThrow('broke'), expect(closed).rejects.toThrow('broke')]
    await cut(0, 1)
    await close()
    await Promise.all(broken)
    expect(networkers.map(networker => networker.streams.size)).toEqual([0, 0, 0])
  })

  test('a megabyte message passes whole', async () => {
    const { streams } = await create(2)
    const [near, far] = streams(0, 1)
    const message = Buffer.alloc(4 << 20, 'peersockets')
    const arrived = new Promise<Buffer>(resolve => far.registerExtension('x', { onmessage: resolve }))
    near.registerExtension('x').send(message)
    expect((await arrived).equals(message)).toBe(true)
  })

  test('close ends every stream and every later attempt to connect', async () => {
    const { networkers, streams, connect, close } = await create(3)
    const open = [...streams(0, 1), ...streams(0, 2), ...streams(1, 2)]
    await close()
    expect(open.every(stream => stream.destroyed)).toBe(true)
    expect(networkers.every(networker => networker.streams.size === 0)).toBe(true)
    await expect(connect(0, 1)).rejects.toThrow('closed')
  })

  test('places that do not exist are a mistake of the caller', async () => {
    const { connect, streams } = await create(2)
    await expect(connect(0, 2)).rejects.toThrow('There is no peer 2')
    await expect(connect(1, 1)).rejects.toThrow('cannot connect to itself')
    expect(() => streams(0, 7)).toThrow('There is no peer 7')
    await expect(createNetwork({ peers: 0, stack: 'memory' })).rejects.toThrow('one peer or more')
  })
})
