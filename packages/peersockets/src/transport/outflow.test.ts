import { createNetwork, type ProtocolStream } from '@peersockets/testing'
import HypercoreProtocol from 'hypercore-protocol'
import { describe, expect, onTestFinished, test } from 'vitest'
import { settled } from '../test-support/parties.js'
import { ProtocolConnection } from './protocol-connection.js'

const CHUNK = Buffer.alloc(100_000, 7)

function connectionOn(stream: ProtocolStream): ProtocolConnection {
  const key = Buffer.alloc(32, 1)
  return new ProtocolConnection({ remotePublicKey: key }, stream, key, key)
}

/** Connected in memory, and nothing passes. */
async function stalled() {
  const network = await createNetwork({ stack: 'memory', peers: 2, connected: false })
  onTestFinished(() => network.close())
  const link = await network.connect(0, 1)
  await settled()
  link.stall()
  const [near, far] = link.streams
  return { link, near, far, connection: connectionOn(near), extension: near.registerExtension('x') }
}

describe('flushing a stream', () => {
  test('that has nothing to send is over soon', async () => {
    const { connection, link } = await stalled()
    link.resume()
    expect(await connection.flush()).toBe(true)
  })

  test('takes until all that was sent before has left, and not what is sent after', async () => {
    const { connection, extension, link, near } = await stalled()
    extension.send(CHUNK)
    const done: string[] = []
    void connection.flush().then(flushed => done.push(`first ${flushed}`))
    await settled()
    expect(done).toEqual([])
    link.resume()
    await expect.poll(() => done).toEqual(['first true'])
    link.stall()
    for (let n = 0; n < 2; n++) extension.send(CHUNK)
    void connection.flush().then(flushed => done.push(`second ${flushed}`))
    await settled()
    expect(done).toEqual(['first true'])
    expect(near._readableState.buffered).toBeGreaterThan(0)
  })

  test('is false when the stream ends first, has ended, or is about to', async () => {
    const { connection, extension, near } = await stalled()
    extension.send(CHUNK)
    const waiting = connection.flush()
    near.destroy()
    const ending = connection.flush()
    expect(await Promise.all([waiting, ending])).toEqual([false, false])
    expect(await connection.flush()).toBe(false)
  })

  test('is one promise for all who wait for the same, and leaves no listener', async () => {
    const { connection, extension, link, near } = await stalled()
    await connectionOn(near).flush()
    const listeners = () => near.eventNames().map(name => `${String(name)} ${near.listenerCount(name)}`)
    extension.send(CHUNK)
    const before = listeners()
    const promises = new Set(Array.from({ length: 1000 }, () => connection.flush()))
    await settled()
    promises.add(connection.flush())
    promises.add(connectionOn(near).flush())
    expect([promises.size, listeners()]).toEqual([1, before])
    link.resume()
    expect(await Promise.all(promises)).toEqual([true])
  })

  test('counts what is sent while the handshake is announced', async () => {
    const near: ProtocolStream = new HypercoreProtocol(true, { timeout: false })
    const far: ProtocolStream = new HypercoreProtocol(false, { timeout: false })
    onTestFinished(() => [near, far].forEach(stream => void stream.on('error', () => undefined).destroy()))
    const heard: string[] = []
    far.registerExtension('x', { onmessage: message => void heard.push(message.toString()) })
    let flushed: Promise<string[]> | undefined
    // What is sent before the handshake is over goes out when its listeners have run, and all that they send behind it.
    const extension = near.registerExtension('x')
    extension.send('before')
    near.on('handshake', () => {
      extension.send('early')
      flushed = connectionOn(near)
        .flush()
        .then(() => [...heard])
    })
    near.pipe(far).pipe(near)
    await expect.poll(() => flushed).toBeDefined()
    expect(await flushed).toEqual(['before', 'early'])
  })
})
