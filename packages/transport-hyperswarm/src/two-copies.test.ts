import { createNetwork, settled } from '@peersockets/testing'
import type { Connection, Transport } from 'peersockets'
import Protomux from 'protomux'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { SecretStream } from './secret-stream.js'

type Copy = typeof import('./index.js')

/** A copy of this package of its own, as npm may install several in one program. */
async function copy(): Promise<Copy> {
  vi.resetModules()
  return await import('./index.js')
}

/** What two copies make of one stream. */
async function connections(stream: SecretStream): Promise<readonly [Connection, Connection]> {
  const found: Connection[] = []
  const [{ hyperswarm: first }, { hyperswarm: second }] = [await copy(), await copy()]
  expect(first).not.toBe(second)
  const swarm = { connections: [stream], on: () => undefined, removeListener: () => undefined }
  const transports: Transport[] = [first(swarm), second(swarm)]
  for (const transport of transports)
    transport.start({ onconnection: connection => found.push(connection), onclose: () => undefined })
  const [one, other] = found
  if (one === undefined || other === undefined) throw new Error('Both report the stream.')
  return [one, other]
}

async function streams() {
  const network = await createNetwork({ stack: 'hyperswarm-memory' })
  onTestFinished(() => network.close())
  return network.streams(0, 1)
}

describe('two copies of this package on one stream', () => {
  test('hear every frame once each, and what one closes stays open for the other', async () => {
    const [near, far] = await streams()
    const [one, other] = await connections(near)
    const [sender] = await connections(far)
    const heard: string[] = []
    const note = (who: string) => ({ onmessage: (frame: Buffer) => void heard.push(`${who} ${frame}`) })
    const mine = one.open('x', note('one'))
    const theirs = other.open('x', note('other'))
    const sending = sender.open('x', note('sender'))
    await settled()
    sending.send(Buffer.from('1'))
    await settled()
    expect(heard.splice(0)).toEqual(['one 1', 'other 1'])
    mine.close()
    await settled()
    expect([sending.remoteOpen, theirs.remoteOpen]).toEqual([true, true])
    sending.send(Buffer.from('2'))
    theirs.send(Buffer.from('3'))
    await settled()
    expect(heard).toEqual(['other 2', 'sender 3'])
    theirs.close()
    await settled()
    expect([sending.remoteOpen, [...Protomux.from(near)].length]).toEqual([false, 0])
  })

  test('find a protocol that the peer opens later', async () => {
    const [near, far] = await streams()
    const channels = (await connections(near)).map(connection =>
      connection.open('x', { onmessage: () => undefined })
    )
    await settled()
    expect(channels.map(channel => channel.remoteOpen)).toEqual([false, false])
    const [late] = await connections(far)
    late.open('x', { onmessage: () => undefined })
    await settled()
    expect(channels.map(channel => channel.remoteOpen)).toEqual([true, true])
  })

  test('patch it once, count the same bytes, and know the same peer', async () => {
    const [near] = await streams()
    const [one, other] = await connections(near)
    const mux = Protomux.from(near)
    const patches = () => [near._write, mux._onbatch, mux._requestSession]
    const before = patches()
    const [third] = await connections(near)
    expect(patches().every((patch, at) => patch === before[at])).toBe(true)
    const all = [one, other, third]
    expect(new Set(all.map(({ peer }) => peer)).size).toBe(1)
    one.open('x', { onmessage: () => undefined }).send(Buffer.alloc(1000))
    expect(new Set(all.map(({ queuedBytes }) => queuedBytes)).size).toBe(1)
    expect(other.queuedBytes).toBeGreaterThan(1000)
    expect(Object.keys(near).filter(key => key.includes('peersockets'))).toEqual([])
  })
})
