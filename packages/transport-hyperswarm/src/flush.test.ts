import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { createNetwork, settled } from '@peersockets/testing'
import type { Connection } from 'peersockets'
import { describe, expect, onTestFinished, test } from 'vitest'
import { hyperswarm } from './index.js'
import type { SecretStream } from './secret-stream.js'
import { connected, listen } from './test-support/connected.js'

const CHUNK = Buffer.alloc(100_000, 7)

/** What has become of a promise by now. */
function outcome(flushed: Promise<boolean>): { result: boolean | undefined } {
  const seen: { result: boolean | undefined } = { result: undefined }
  void flushed.then(result => {
    seen.result = result
  })
  return seen
}

function connectionOn(stream: SecretStream): Connection {
  const swarm = { connections: [stream], on: () => undefined, removeListener: () => undefined }
  let found: Connection | undefined
  hyperswarm(swarm).start({
    onconnection: connection => {
      found = connection
    },
    onclose: () => undefined
  })
  if (found === undefined) throw new Error('It was not reported.')
  return found
}

/** Both ends of a protocol that both have open, and the bytes that the far one has heard. */
async function opened(near: Connection, far: Connection) {
  const heard = { bytes: 0 }
  far.open('x', {
    onmessage: frame => {
      heard.bytes += frame.length
    }
  })
  const channel = near.open('x', { onmessage: () => undefined })
  await expect.poll(() => channel.remoteOpen).toBe(true)
  return { channel, heard }
}

describe('flushing a connection', () => {
  test('that has nothing to send is over soon', async () => {
    const { ends } = await connected()
    expect(await ends[0].connection.flush()).toBe(true)
  })

  test('takes until the raw stream has let go of all', async () => {
    const { network, ends } = await connected()
    const [near] = [listen(ends[0], 'x'), listen(ends[1], 'x')]
    await settled()
    for (const size of [1, 1_000, 100_000]) {
      network.stall(0, 1)
      near.channel.send(Buffer.alloc(size))
      const flushed = outcome(ends[0].connection.flush())
      await settled()
      expect(flushed.result).toBe(undefined)
      network.resume(0, 1)
      await expect.poll(() => flushed.result).toBe(true)
    }
  })

  test('waits for what is held until the peer answers, and not for what is sent after', async () => {
    const { network, ends } = await connected()
    const far = listen(ends[1], 'x')
    await settled()
    network.stall(0, 1)
    const near = listen(ends[0], 'x')
    near.channel.send(Buffer.from('held'))
    const flushed = outcome(ends[0].connection.flush())
    await settled()
    expect([flushed.result, far.log]).toEqual([undefined, []])
    network.resume(0, 1)
    await expect.poll(() => flushed.result).toBe(true)
    await settled()
    expect(far.log).toEqual(['[open]', 'held'])
  })

  test('is over when the peer turns out not to have the protocol', async () => {
    const { ends } = await connected()
    listen(ends[0], 'x').channel.send(Buffer.from('into the void'))
    expect(await ends[0].connection.flush()).toBe(true)
    expect(ends[0].connection.queuedBytes).toBe(0)
  })

  test('waits for what Protomux has corked, whoever has corked it', async () => {
    const { ends } = await connected()
    const [near, far] = [listen(ends[0], 'x'), listen(ends[1], 'x')]
    await settled()
    const { mux, connection } = ends[0]
    mux.cork()
    // Nothing is corked yet.
    expect(await connection.flush()).toBe(true)
    near.channel.send(Buffer.from('corked'))
    const flushed = outcome(connection.flush())
    await settled()
    expect([flushed.result, far.log]).toEqual([undefined, ['[open]']])
    mux.uncork()
    await expect.poll(() => flushed.result).toBe(true)
  })

  test('is false when the connection ends first, is about to, and is gone', async () => {
    const { network, ends } = await connected()
    const [near] = [listen(ends[0], 'x'), listen(ends[1], 'x')]
    const { connection, stream, mux } = ends[0]
    await settled()
    network.stall(0, 1)
    near.channel.send(CHUNK)
    listen(ends[0], 'y').channel.send(CHUNK)
    const waiting = connection.flush()
    await settled()
    mux.cork()
    near.channel.send(CHUNK)
    const corked = connection.flush()
    await settled()
    connection.destroy()
    const ending = connection.flush()
    expect(await Promise.all([waiting, corked, ending])).toEqual([false, false, false])
    expect(stream.destroyed).toBe(true)
    expect(await connection.flush()).toBe(false)
  })

  test('is one promise for all who ask while one is under way, and leaves no listener', async () => {
    const { network, ends } = await connected()
    const [near] = [listen(ends[0], 'x'), listen(ends[1], 'x')]
    await settled()
    const { connection, stream } = ends[0]
    const emitter: { eventNames(): string[]; listenerCount(name: string): number } = Object(stream)
    const listeners = () => emitter.eventNames().map(name => `${String(name)} ${emitter.listenerCount(name)}`)
    const before = listeners()
    network.stall(0, 1)
    near.channel.send(CHUNK)
    const promises = new Set(Array.from({ length: 1000 }, () => connection.flush()))
    await settled()
    for (let n = 0; n < 1000; n++) promises.add(connection.flush())
    expect([promises.size, listeners()]).toEqual([2, before])
    network.resume(0, 1)
    expect(await Promise.all(promises)).toEqual([true, true])
  })

  test('covers what was sent before it and after the one that is under way', async () => {
    const { network, ends } = await connected()
    const [near, far] = [listen(ends[0], 'x'), listen(ends[1], 'x')]
    await settled()
    for (let round = 0; round < 20; round++) {
      near.channel.send(Buffer.from(`${round} first`))
      const first = ends[0].connection.flush()
      network.stall(0, 1)
      near.channel.send(CHUNK)
      const second = outcome(ends[0].connection.flush())
      await settled()
      expect(second.result).toBe(undefined)
      network.resume(0, 1)
      await expect.poll(() => second.result).toBe(true)
      expect(await first).toBe(true)
      await settled()
      expect(far.log.length).toBe(3 + 2 * round)
    }
  })
})

describe('over a real network, nothing that was flushed is lost', () => {
  test('when a Hyperswarm connection is destroyed after it', async () => {
    const network = await createNetwork({ stack: 'hyperswarm' })
    onTestFinished(() => network.close())
    const [near, far] = network.streams(0, 1).map(connectionOn)
    if (near === undefined || far === undefined) throw new Error('There are two.')
    const { channel, heard } = await opened(near, far)
    for (let n = 0; n < 50; n++) channel.send(CHUNK)
    expect(await near.flush()).toBe(true)
    near.destroy()
    await expect.poll(() => heard.bytes).toBe(50 * CHUNK.length)
  })

  test('and flushing a Hyperswarm connection is false when that goes before the peer has acknowledged', async () => {
    const network = await createNetwork({ stack: 'hyperswarm' })
    onTestFinished(() => network.close())
    const [near, far] = network.streams(0, 1).map(connectionOn)
    if (near === undefined || far === undefined) throw new Error('There are two.')
    const { channel } = await opened(near, far)
    network.stall(0, 1)
    channel.send(Buffer.from('lost'))
    const flushed = near.flush()
    await new Promise(resolve => setTimeout(resolve, 100))
    near.destroy()
    expect(await flushed).toBe(false)
  })

  test('when a secret stream over TCP is destroyed after it, whose socket was full', async () => {
    const { ends } = await connected()
    const SecretStreamClass: new (initiator: boolean, socket: Socket) => SecretStream = Object(
      ends[0].stream
    ).constructor
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port }: { port: number } = Object(server.address())
    const dialled = connect(port, '127.0.0.1')
    const [answered]: Socket[] = await once(server, 'connection')
    if (answered === undefined) throw new Error('Nobody has come.')
    server.close()
    const streams = [new SecretStreamClass(true, dialled), new SecretStreamClass(false, answered)]
    onTestFinished(() => streams.forEach(stream => void stream.destroy()))
    await Promise.all(streams.map(stream => Object(stream).opened))
    const [near, far] = streams.map(connectionOn)
    if (near === undefined || far === undefined) throw new Error('There are two.')
    const { channel, heard } = await opened(near, far)
    answered.pause()
    let sent = 0
    for (; dialled.writableLength === 0; sent++) {
      channel.send(CHUNK)
      await settled()
    }
    const flushed = outcome(near.flush())
    await new Promise(resolve => setTimeout(resolve, 200))
    expect(flushed.result).toBe(undefined)
    answered.resume()
    await expect.poll(() => flushed.result).toBe(true)
    near.destroy()
    await expect.poll(() => heard.bytes).toBe(sent * CHUNK.length)
  })
})
