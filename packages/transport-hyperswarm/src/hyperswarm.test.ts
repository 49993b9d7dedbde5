import { createNetwork, type MemorySwarmNetwork, type SecretStream } from '@peersockets/testing'
import type { Connection, Peer, Transport, TransportEvents } from 'peersockets'
import Protomux from 'protomux'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type HyperswarmPeer, hyperswarm, type SwarmLike } from './index.js'

async function create(peers = 2, connected = true): Promise<MemorySwarmNetwork> {
  const network = await createNetwork({ stack: 'hyperswarm-memory', peers, connected })
  onTestFinished(() => network.close())
  return network
}

function first({ swarms }: MemorySwarmNetwork): MemorySwarmNetwork['swarms'][number] {
  const [swarm] = swarms
  if (swarm === undefined) throw new Error('There is one.')
  return swarm
}

/** What a transport reports, while it runs. */
function watch(swarm: SwarmLike): { transport: Transport; up: Connection[]; gone: Connection[] } {
  const [up, gone]: [Connection[], Connection[]] = [[], []]
  const events: TransportEvents = {
    onconnection: connection => up.push(connection),
    onclose: connection => gone.push(connection)
  }
  const transport = hyperswarm(swarm)
  transport.start(events)
  return { transport, up, gone }
}

describe('a swarm as a transport', () => {
  test('reports the connections that there are, those that come, and those that go', async () => {
    const network = await create(3)
    await network.cut(0, 2)
    const { up, gone } = watch(first(network))
    expect(up.map(({ remotePublicKey }) => remotePublicKey)).toEqual([network.swarms[1]?.keyPair.publicKey])
    await network.heal(0, 2)
    expect(up).toHaveLength(2)
    await network.cut(0, 1)
    expect(gone).toEqual([up[0]])
    const { localPublicKey, authenticated } = up[1] ?? {}
    expect([localPublicKey, authenticated]).toEqual([first(network).keyPair.publicKey, true])
  })

  test('has one peer object for a connection as long as it lives, with what the swarm knows', async () => {
    const network = await create()
    const swarm = first(network)
    const [near] = network.streams(0, 1)
    const [one, other] = [watch(swarm), watch(swarm)]
    const peer = one.up[0]?.peer as HyperswarmPeer<SecretStream>
    expect(other.up[0]?.peer).toBe(peer)
    expect(peer.connection).toBe(near)
    expect(peer.remotePublicKey).toEqual(network.swarms[1]?.keyPair.publicKey)
    expect(peer.info).toBe([...swarm.peers.values()][0])
    await network.cut(0, 1)
    expect(one.gone[0]?.peer).toBe(peer)
    await network.heal(0, 1)
    const again = one.up[1]?.peer as HyperswarmPeer<SecretStream>
    expect(again).not.toBe(peer)
    expect(again.info).toBe(peer.info)
  })

  test('finds a connection by its peer object and by the secret stream, and no other', async () => {
    const network = await create()
    const { transport, up } = watch(first(network))
    const [near, far] = network.streams(0, 1)
    const [connection] = up
    if (connection === undefined || near.remotePublicKey === null) throw new Error('They are connected.')
    expect(transport.connectionOf(connection.peer)).toBe(connection)
    expect(transport.connectionOf(near as Peer & SecretStream)).toBe(connection)
    expect(transport.connectionOf(far as Peer & SecretStream)).toBeUndefined()
    expect(transport.connectionOf({ remotePublicKey: near.remotePublicKey })).toBeUndefined()
    await network.cut(0, 1)
    expect(transport.connectionOf(connection.peer)).toBeUndefined()
  })

  test('reports a connection early to a listener of the swarm that was there first', async () => {
    const network = await create(2, false)
    const swarm = first(network)
    const found: unknown[] = []
    const order: string[] = []
    swarm.on('connection', stream => {
      order.push('listener')
      found.push(transport.connectionOf(stream as Peer & SecretStream))
    })
    const transport = hyperswarm(swarm)
    transport.start({ onconnection: () => order.push('reported'), onclose: () => {} })
    await network.allConnected()
    expect(order).toEqual(['listener', 'reported'])
    expect(found[0]).toBeDefined()
  })

  test('reports nothing of a connection that is about to go', async () => {
    const network = await create()
    const [near] = network.streams(0, 1)
    near.destroy()
    expect(watch(first(network)).up).toEqual([])
  })

  test('removes its listeners when it stops, and leaves the connections up', async () => {
    const network = await create()
    const swarm = first(network)
    const [near] = network.streams(0, 1)
    // The first one puts Protomux on the stream, which stays.
    watch(swarm).transport.stop()
    const listeners = () => [swarm.listenerCount('connection'), near.listenerCount('close')]
    const before = listeners()
    const running = [watch(swarm), watch(swarm)]
    expect(listeners()).toEqual([(before[0] ?? 0) + 2, (before[1] ?? 0) + 2])
    for (const { transport } of running) transport.stop()
    expect(listeners()).toEqual(before)
    expect([...Protomux.from(near)]).toEqual([])
    await network.cut(0, 1)
    expect(running.flatMap(({ gone }) => gone)).toEqual([])
  })

  test.each([undefined, null, {}, 'swarm', { on() {} }])('is refused for what is no swarm: %j', swarm => {
    expect(() => hyperswarm(swarm as unknown as SwarmLike)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' })
    )
  })
})
