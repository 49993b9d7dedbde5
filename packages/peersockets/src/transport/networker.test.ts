import { EventEmitter } from 'node:events'
import { createNetwork } from '@peersockets/testing'
import HypercoreProtocol from 'hypercore-protocol'
import { describe, expect, onTestFinished, test } from 'vitest'
import { settled } from '../test-support/parties.js'
import { NetworkerTransport } from './networker.js'
import type { NetworkerPeer } from './networker-like.js'
import type { Connection } from './transport.js'

function watch(networker: unknown) {
  const [up, gone]: [Connection<NetworkerPeer>[], Connection<NetworkerPeer>[]] = [[], []]
  const transport = new NetworkerTransport(networker)
  transport.start({
    onconnection: connection => up.push(connection),
    onclose: connection => gone.push(connection)
  })
  onTestFinished(() => transport.stop())
  return { transport, up, gone }
}

async function stream() {
  const network = await createNetwork({ stack: 'memory' })
  onTestFinished(() => network.close())
  return network.streams(0, 1)[0]
}

describe('a networker as a transport', () => {
  test('passes over what is no protocol stream after its handshake, then and later', async () => {
    const near = await stream()
    const early = new HypercoreProtocol(true, { timeout: false })
    onTestFinished(() => void early.destroy())
    const strangers = [undefined, null, 1, 'stream', {}, new EventEmitter(), early, Promise.resolve(near)]
    const peers = [
      ...strangers.map(other => ({ remotePublicKey: Buffer.alloc(32), stream: other })),
      ...strangers
    ]
    const networker = Object.assign(new EventEmitter(), { streams: [...strangers, near, near], peers })
    const { up, gone, transport } = watch(networker)
    for (const event of ['handshake', 'stream-closed', 'peer-add', 'peer-remove']) {
      for (const stranger of [...strangers, ...peers]) networker.emit(event, stranger)
      networker.emit(event)
    }
    for (const stranger of [...strangers, ...peers])
      expect(transport.connectionOf(Object(stranger))).toBeUndefined()
    expect([up.map(({ identity }) => identity), gone]).toEqual([[near], []])
  })

  test('makes one peer object for a stream where the network has none, whoever looks at it', async () => {
    const near = await stream()
    const networkers = [1, 2].map(() => Object.assign(new EventEmitter(), { streams: [near] }))
    const [one, other] = networkers.map(networker => watch(networker).up[0]?.peer)
    expect(one).toMatchObject({ network: 'networker', remotePublicKey: near.remotePublicKey, stream: near })
    expect(other).toBe(one)
  })

  test("names the network on the networker's own peer objects, where nobody prints it", async () => {
    const network = await createNetwork({ stack: 'networker' })
    onTestFinished(() => network.close())
    const [networker] = network.networkers
    const [peer] = watch(networker).up.map(connection => connection.peer)
    if (peer === undefined) throw new Error('They are connected.')
    expect(peer.network).toBe('networker')
    expect([...Object(networker).peers]).toContain(peer)
    expect(Object.keys(peer)).not.toContain('network')
  })

  test.each<[string, (peer: object) => object]>([
    ['frozen', Object.freeze],
    ['sealed', Object.seal],
    ['named otherwise', peer => Object.assign(peer, { network: 'mine' })]
  ])('leaves a peer object as it is that is %s', async (_what, make) => {
    const near = await stream()
    const peer = make({ remotePublicKey: near.remotePublicKey, stream: near })
    const keys = Object.getOwnPropertyNames(peer)
    const { up } = watch(Object.assign(new EventEmitter(), { peers: [peer] }))
    expect(up.map(connection => connection.peer)).toEqual([peer])
    expect(Object.getOwnPropertyNames(peer)).toEqual(keys)
  })

  test('reports nothing of a stream that is about to go', async () => {
    const near = await stream()
    near.destroy()
    expect(near.destroyed).toBe(false)
    expect(watch(Object.assign(new EventEmitter(), { streams: [near] })).up).toEqual([])
    await settled()
  })
})
