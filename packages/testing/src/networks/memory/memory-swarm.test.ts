import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import { createNetwork, type MemorySwarmNetwork } from '../index.js'

let network: MemorySwarmNetwork | undefined
afterEach(() => network?.close())

async function create(peers: number, connected = true): Promise<MemorySwarmNetwork> {
  network = await createNetwork({ peers, stack: 'hyperswarm-memory', connected })
  return network
}

describe('a network of secret streams in memory', () => {
  test('says of each connection who is at the other end, and has it until it is cut', async () => {
    const { swarms, allConnected, streams, cut } = await create(3, false)
    const seen: unknown[] = []
    swarms[0]?.on('connection', (stream, info) => seen.push([stream, info]))
    await allConnected()
    expect(swarms.map(({ connections }) => connections.size)).toEqual([2, 2, 2])
    const [near, far] = streams(0, 1)
    const info = swarms[0]?.peers.get(swarms[1]?.keyPair.publicKey.toString('hex') ?? '')
    expect(info?.publicKey).toEqual(near.remotePublicKey)
    expect(seen).toContainEqual([near, info])
    expect(near.handshakeHash).toEqual(far.handshakeHash)
    await cut(0, 1)
    expect(swarms.map(({ connections }) => connections.size)).toEqual([1, 1, 2])
  })

  test('a flipped bit ends the connection, because a secret stream has a MAC', async () => {
    const { swarms, streams, attack } = await create(2)
    const [near, far] = streams(0, 1)
    const received: Buffer[] = []
    far.on('data', chunk => received.push(chunk))
    const [failed, closed] = [swarms[1] && once(swarms[1], 'connection-error'), once(near, 'close')]
    attack(chunk => {
      chunk[chunk.length - 2] = (chunk.at(-2) ?? 0) ^ 0x08
      return chunk
    })
    near.write(Buffer.from('pay alice 10'))
    await Promise.all([failed, closed])
    expect(received).toEqual([])
  })
})
