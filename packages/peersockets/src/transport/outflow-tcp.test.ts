import { pipeline } from 'node:stream'
import { createNetwork, type ProtocolStream } from '@peersockets/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { settled } from '../test-support/parties.js'
import { streamsOverTcp, type Wire } from '../test-support/tcp.js'
import { ProtocolConnection } from './protocol-connection.js'

const CHUNK = Buffer.alloc(100_000, 7)

const WIRES: readonly (readonly [string, Wire])[] = [
  ['stream.pipe(socket).pipe(stream)', (stream, socket) => void stream.pipe(socket).pipe(Object(stream))],
  [
    'socket.pipe(stream).pipe(socket)',
    (stream, socket) => void socket.pipe(Object(stream)).pipe(Object(socket))
  ],
  [
    'pipeline(socket, stream, socket)',
    (stream, socket) => void pipeline([socket, Object(stream), socket], () => undefined)
  ]
]

function connectionOn(stream: ProtocolStream): ProtocolConnection {
  const key = Buffer.alloc(32, 1)
  return new ProtocolConnection({ remotePublicKey: key }, stream, key, key)
}

/** Over real TCP, in an app that listens for errors. */
async function overTcp(wire: Wire) {
  const connected = await streamsOverTcp(wire)
  for (const stream of [connected.near, connected.far]) stream.on('error', () => undefined)
  return connected
}

/** How many bytes of messages on `x` have come. */
function listen(stream: ProtocolStream, onmessage: () => void = () => undefined): { bytes: number } {
  const heard = { bytes: 0 }
  stream.registerExtension('x', {
    onmessage: message => {
      heard.bytes += message.length
      onmessage()
    }
  })
  return heard
}

describe('flushing a stream over TCP', () => {
  test.each(WIRES)('loses nothing when the socket is destroyed after it: %s', async (_what, wire) => {
    const { near, far, sockets } = await overTcp(wire)
    const extension = near.registerExtension('x')
    const heard = listen(far)
    // More than the system takes at once.
    far.pause()
    sockets[1].pause()
    for (let n = 0; n < 200; n++) extension.send(CHUNK)
    const connection = connectionOn(near)
    let done = false
    const flushed = connection.flush().then(result => {
      done = true
      return result
    })
    for (let n = 0; n < 20; n++) await settled()
    expect(done).toBe(false)
    expect(sockets[0].writableLength).toBeGreaterThan(0)
    sockets[1].resume()
    expect(await flushed).toBe(true)
    sockets[0].destroy()
    await expect.poll(() => heard.bytes).toBe(200 * CHUNK.length)
  })

  test('waits also for what the socket has and the system has not', async () => {
    const { near, far, sockets } = await overTcp(
      (stream, socket) => void stream.pipe(socket).pipe(Object(stream))
    )
    const heard = listen(far)
    const extension = near.registerExtension('x')
    sockets[1].pause()
    let sent = 0
    for (; sockets[0].writableLength === 0; sent++) {
      extension.send(CHUNK)
      await settled()
    }
    const connection = connectionOn(near)
    expect(connection.queuedBytes).toBe(0)
    let done = false
    const flushed = connection.flush().then(result => {
      done = true
      return result
    })
    await new Promise(resolve => setTimeout(resolve, 200))
    expect(done).toBe(false)
    sockets[1].resume()
    expect(await flushed).toBe(true)
    near.destroy()
    await expect.poll(() => heard.bytes).toBe(sent * CHUNK.length)
  })

  test('loses nothing when the connection is destroyed after it', async () => {
    const { near, far } = await overTcp((stream, socket) => void stream.pipe(socket).pipe(Object(stream)))
    const extension = near.registerExtension('x')
    const heard = listen(far)
    for (let n = 0; n < 50; n++) extension.send(CHUNK)
    const connection = connectionOn(near)
    expect(await connection.flush()).toBe(true)
    connection.destroy()
    await expect.poll(() => heard.bytes).toBe(50 * CHUNK.length)
  })

  test('ends while others go on sending', async () => {
    const { near, far, sockets } = await overTcp(
      (stream, socket) => void stream.pipe(socket).pipe(Object(stream))
    )
    const extension = near.registerExtension('x')
    let more = true
    // For each chunk that arrives another is sent, so that there is always something on its way.
    const heard = listen(far, () => {
      if (more) extension.send(CHUNK)
    })
    sockets[1].pause()
    for (let n = 0; n < 200; n++) extension.send(CHUNK)
    const connection = connectionOn(near)
    const flushed = connection.flush()
    sockets[1].resume()
    expect(await flushed).toBe(true)
    expect(connection.queuedBytes + sockets[0].writableLength).toBeGreaterThan(0)
    more = false
    expect(await connection.flush()).toBe(true)
    await expect.poll(() => heard.bytes).toBeGreaterThan(200 * CHUNK.length)
  })

  test('loses nothing when a networker is closed after it', async () => {
    const network = await createNetwork({ stack: 'networker' })
    onTestFinished(() => network.close())
    const [near, far] = network.streams(0, 1)
    const heard = listen(far)
    const extension = near.registerExtension('x')
    for (let n = 0; n < 50; n++) extension.send(CHUNK)
    expect(await connectionOn(near).flush()).toBe(true)
    const [networker] = network.networkers
    await Object(networker).close()
    await expect.poll(() => heard.bytes).toBe(50 * CHUNK.length)
  })
})
