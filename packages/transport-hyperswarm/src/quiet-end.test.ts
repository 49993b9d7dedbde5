import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { createNetwork, type SecretStream, settled } from '@peersockets/testing'
import type { Connection } from 'peersockets'
import { describe, expect, onTestFinished, test } from 'vitest'
import { hyperswarm } from './index.js'
import { connected, listen } from './test-support/connected.js'

/** A pipe end of a secret stream that was made without a socket. */
interface Piped extends SecretStream {
  readonly opened: Promise<boolean>
}

function escaping(): unknown[] {
  const escaped: unknown[] = []
  const onescaped = (error: unknown) => void escaped.push(error)
  process.on('uncaughtException', onescaped)
  onTestFinished(() => void process.off('uncaughtException', onescaped))
  return escaped
}

function connectionsOn(streams: readonly SecretStream[]): Connection[] {
  const swarm = { connections: streams, on: () => undefined, removeListener: () => undefined }
  const found: Connection[] = []
  hyperswarm(swarm).start({
    onconnection: connection => void found.push(connection),
    onclose: () => undefined
  })
  return found
}

async function pipedPair(): Promise<readonly [Piped, Piped]> {
  const { ends } = await connected()
  const SecretStreamClass: new (initiator: boolean) => Piped = Object(ends[0].stream).constructor
  return [new SecretStreamClass(true), new SecretStreamClass(false)]
}

async function sockets(): Promise<readonly [Socket, Socket]> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port }: { port: number } = Object(server.address())
  const dialled = connect(port, '127.0.0.1')
  const [answered]: Socket[] = await once(server, 'connection')
  if (answered === undefined) throw new Error('Nobody has come.')
  server.close()
  return [dialled, answered]
}

describe('where nobody listens for errors, the process goes on when a connection is destroyed', () => {
  test.each(['hyperswarm', 'hyperswarm-memory'] as const)('of a swarm: %s', async stack => {
    const escaped = escaping()
    const network = await createNetwork({ stack })
    onTestFinished(() => network.close())
    const streams = network.streams(0, 1)
    const errors: Error[] = []
    streams[0].on('error', error => errors.push(error))
    connectionsOn(streams)[0]?.destroy()
    await expect.poll(() => streams.map(stream => stream.destroyed)).toEqual([true, true])
    await settled()
    expect([errors, escaped]).toEqual([[], []])
  })

  test('whose streams are piped to each other', async () => {
    const escaped = escaping()
    const [near, far] = await pipedPair()
    near.rawStream.pipe(far.rawStream).pipe(near.rawStream)
    await Promise.all([near.opened, far.opened])
    connectionsOn([near, far])[0]?.destroy()
    await settled()
    expect([near.destroyed, far.destroyed, escaped]).toEqual([true, true, []])
  })

  test('whose streams are piped to sockets, and flushes before that', async () => {
    const escaped = escaping()
    const [near, far] = await pipedPair()
    const [dialled, answered] = await sockets()
    near.rawStream.pipe(dialled).pipe(near.rawStream)
    far.rawStream.pipe(answered).pipe(far.rawStream)
    await Promise.all([near.opened, far.opened])
    const [mine, theirs] = connectionsOn([near, far])
    if (mine === undefined || theirs === undefined) throw new Error('There are two.')
    const ends = [mine, theirs].map(connection =>
      listen({ connection, stream: near, mux: Object(undefined) }, 'x')
    )
    await expect.poll(() => ends[0]?.channel.remoteOpen).toBe(true)
    for (let n = 0; n < 50; n++) ends[0]?.channel.send(Buffer.alloc(100_000))
    expect(await mine.flush()).toBe(true)
    mine.destroy()
    await expect.poll(() => [near.destroyed, dialled.destroyed]).toEqual([true, true])
    await expect.poll(() => ends[1]?.log.length).toBe(51)
    answered.destroy()
    await settled()
    expect(escaped).toEqual([])
  })
})
