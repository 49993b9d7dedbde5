import { once } from 'node:events'
import type { ProtocolStream } from '@peersockets/testing'
import HypercoreProtocol from 'hypercore-protocol'
import { describe, expect, onTestFinished, test } from 'vitest'
import { settled } from '../test-support/parties.js'
import { streamsOverTcp, type Wire } from '../test-support/tcp.js'
import { ProtocolConnection } from './protocol-connection.js'

/** What ends the process where nobody catches it. */
function escaping(): unknown[] {
  const escaped: unknown[] = []
  const onescaped = (error: unknown) => void escaped.push(error)
  process.on('uncaughtException', onescaped)
  onTestFinished(() => void process.off('uncaughtException', onescaped))
  return escaped
}

function connectionOn(stream: ProtocolStream): ProtocolConnection {
  const key = Buffer.alloc(32, 1)
  return new ProtocolConnection({ remotePublicKey: key }, stream, key, key)
}

describe('where nobody listens for errors, the process goes on', () => {
  test.each<[string, Wire]>([
    [
      'socket.pipe(stream).pipe(socket)',
      (stream, socket) => void socket.pipe(Object(stream)).pipe(Object(socket))
    ],
    ['stream.pipe(socket).pipe(stream)', (stream, socket) => void stream.pipe(socket).pipe(Object(stream))]
  ])('when a connection over TCP is destroyed: %s', async (_what, wire) => {
    const escaped = escaping()
    const { near, far, sockets } = await streamsOverTcp(wire)
    // Both have peersockets.
    connectionOn(far)
    connectionOn(near).destroy()
    await expect
      .poll(() => [near.destroyed, ...sockets.map(socket => socket.destroyed)])
      .toEqual([true, true, true])
    far.destroy()
    await settled()
    expect(escaped).toEqual([])
  })

  test('when one of two streams that are piped to each other is destroyed', async () => {
    const escaped = escaping()
    const [near, far]: ProtocolStream[] = [true, false].map(
      initiator => new HypercoreProtocol(initiator, { timeout: false })
    )
    if (near === undefined || far === undefined) throw new Error('There are two.')
    near.pipe(far).pipe(near)
    await once(near, 'handshake')
    connectionOn(near).destroy()
    await settled()
    expect([near.destroyed, far.destroyed, escaped]).toEqual([true, true, []])
  })

  test('when the peer writes what is no message', async () => {
    const escaped = escaping()
    const { near, far } = await streamsOverTcp(
      (stream, socket) => void socket.pipe(Object(stream)).pipe(Object(socket))
    )
    connectionOn(far)
    connectionOn(near)
    const encryption: { encrypt(bytes: Buffer): Buffer } = Object(near.state)._encryption
    near.push(encryption.encrypt(Buffer.alloc(200, 0x80)))
    await expect.poll(() => far.destroyed).toBe(true)
    await settled()
    expect(escaped).toEqual([])
  })
})
