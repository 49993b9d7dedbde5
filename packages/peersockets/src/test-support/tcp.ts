import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import type { ProtocolStream } from '@peersockets/testing'
import HypercoreProtocol from 'hypercore-protocol'
import { onTestFinished } from 'vitest'

/** Connects a protocol stream and a socket, the way that an app does. */
export type Wire = (stream: ProtocolStream, socket: Socket) => void

/** Two protocol streams that are connected over TCP on loopback, after their handshake. Nobody listens for their errors. */
export async function streamsOverTcp(
  wire: Wire
): Promise<{ near: ProtocolStream; far: ProtocolStream; sockets: readonly [Socket, Socket] }> {
  const sockets = await connectedSockets()
  const [near, far] = [
    new HypercoreProtocol(true, { timeout: false }),
    new HypercoreProtocol(false, { timeout: false })
  ]
  wire(near, sockets[0])
  wire(far, sockets[1])
  await Promise.all([near, far].map(stream => stream.remotePublicKey ?? once(stream, 'handshake')))
  return { near, far, sockets }
}

async function connectedSockets(): Promise<readonly [Socket, Socket]> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port }: { port: number } = Object(server.address())
  const dialled = connect(port, '127.0.0.1')
  const [answered]: Socket[] = await once(server, 'connection')
  if (answered === undefined) throw new Error('Nobody has come.')
  server.close()
  onTestFinished(() => {
    dialled.destroy()
    answered.destroy()
  })
  return [dialled, answered]
}
