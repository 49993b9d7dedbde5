import { execFile } from 'node:child_process'
import dgram from 'node:dgram'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  createHyperswarm,
  createNetwork,
  createTestnet,
  type Hyperswarm,
  type HyperswarmNetwork,
  type SecretStream
} from '../index.js'

const TIMEOUT = { timeout: 15_000 }
/** What UDX puts before the bytes of a stream. */
const UDX_HEADER_BYTES = 20

let network: HyperswarmNetwork | undefined
afterEach(async () => {
  vi.restoreAllMocks()
  await network?.close()
  network = undefined
})

async function create(peers: number, connected = true): Promise<HyperswarmNetwork> {
  network = await createNetwork({ peers, stack: 'hyperswarm', connected })
  return network
}

/** All that a stream gets, as text. */
function listen(stream: SecretStream): () => string {
  let text = ''
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  return () => text
}

describe('a network of real Hyperswarm 4 instances', () => {
  test('every peer has every other, and both ends of a connection share one handshake', async () => {
    const { swarms, streams } = await create(3)
    for (const swarm of swarms) {
      const known = [...swarm.connections]
        .map(({ remotePublicKey }) => remotePublicKey?.toString('hex'))
        .sort()
      const others = swarms.filter(other => other !== swarm)
      expect(known).toEqual(others.map(({ keyPair }) => keyPair.publicKey.toString('hex')).sort())
    }
    const [near, far] = streams(2, 0)
    expect(near.remotePublicKey).toEqual(swarms[0]?.keyPair.publicKey)
    expect(near.handshakeHash).toEqual(far.handshakeHash)
    const heard = listen(far)
    near.write(Buffer.from('hello'))
    await expect.poll(heard, TIMEOUT).toBe('hello')
  })

  test('sends every packet to an address of 127.0.0.0/8, whoever sends it', async () => {
    const { testnet, prototypes, stop } = await probe()
    const relayed = vi.spyOn(dgram.Socket.prototype, 'send')
    const joined = vi.spyOn(dgram.Socket.prototype, 'addMembership')
    const spies = [vi.spyOn(prototypes.socket, 'send'), vi.spyOn(prototypes.socket, 'trySend')]
    const connect = vi.spyOn(prototypes.stream, 'connect')
    const topic = Buffer.alloc(32, 'loopback')
    const swarms = [0, 1].map(() => createHyperswarm({ bootstrap: testnet.bootstrap }))
    const connections = swarms.map(swarm => once(swarm, 'connection'))
    for (const swarm of swarms) await swarm.join(topic).flushed()
    await Promise.all(connections)
    const relayedNetwork = await createNetwork({ stack: 'hyperswarm' })
    const [near, far] = relayedNetwork.streams(0, 1)
    const heard = listen(far)
    near.write(Buffer.from('hello'))
    await expect.poll(heard, TIMEOUT).toBe('hello')
    await relayedNetwork.close()
    for (const swarm of swarms) await swarm.destroy()
    await stop()

    const datagrams = spies.flatMap(({ mock }) => mock.calls.map(([, , host]) => host))
    const streams = connect.mock.calls.map(([, , , host]) => host)
    const proxied = (relayed.mock.calls as unknown[][]).map(([, , host]) => host)
    for (const hosts of [datagrams, streams, proxied]) expect(hosts.length).toBeGreaterThan(1)
    const destinations = [...datagrams, ...streams, ...proxied]
    expect(new Set(destinations)).toEqual(new Set(['127.0.0.1']))
    expect(joined).not.toHaveBeenCalled()
  })

  test('refuses a bootstrap node that is not on this machine, and to do without one', () => {
    for (const bootstrap of [[{ host: '192.0.2.250', port: 49737 }], []]) {
      expect(() => createHyperswarm({ bootstrap })).toThrow(RangeError)
    }
  })

  test('an attack sees ciphertext, with who sent it and where; what it drops or doubles arrives once', async () => {
    const { streams, attack } = await create(2)
    const [near, far] = streams(0, 1)
    const seen: Buffer[] = []
    let dropped = 0
    attack((chunk, { from, to, direction }) => {
      expect([from, to, direction]).toEqual(from === 0 ? [0, 1, 'up'] : [1, 0, 'down'])
      seen.push(Buffer.from(chunk))
      if (from === 0 && chunk.length > UDX_HEADER_BYTES && dropped++ < 2) return null
      return [chunk, chunk]
    })
    const heard = listen(far)
    near.write(Buffer.from('pay alice 10'))
    await expect.poll(heard, TIMEOUT).toBe('pay alice 10')
    expect(dropped).toBeGreaterThan(2)
    expect(Buffer.concat(seen).includes('pay alice')).toBe(false)
  })

  test('a bit flipped in what was encrypted ends the connection, and never arrives', async () => {
    const { streams, attack } = await create(2)
    const [near, far] = streams(0, 1)
    const heard = listen(far)
    const broken = new Promise(resolve => far.once('close', resolve))
    attack((chunk, { from }) => {
      if (from === 0 && chunk.length > UDX_HEADER_BYTES) chunk[chunk.length - 2] = (chunk.at(-2) ?? 0) ^ 0x08
      return chunk
    })
    near.write(Buffer.from('pay alice 10'))
    await broken
    expect(heard()).toBe('')
  })

  test('a cut ends the connection at both ends and leaves the others alone; healing makes a new one', async () => {
    const { swarms, streams, cut, heal } = await create(3)
    const untouched = [...streams(0, 2), ...streams(1, 2)]
    const [before] = streams(0, 1)
    for (let round = 0; round < 5; round++) {
      await cut(0, 1)
      expect(() => streams(0, 1)).toThrow('not connected')
      swarms[1]?.joinPeer(swarms[0]?.keyPair.publicKey ?? Buffer.alloc(0))
      await swarms[1]?.flush()
      expect(() => streams(0, 1)).toThrow('not connected')
      await heal(1, 0)
    }
    expect(streams(0, 1)[0]).not.toBe(before)
    expect([...streams(0, 2), ...streams(1, 2)]).toEqual(untouched)
  })

  test('a pair that is cut before anybody connects stays apart', async () => {
    const { swarms, cut, heal, allConnected } = await create(3, false)
    const sizes = () => swarms.map(({ connections }) => connections.size)
    expect(sizes()).toEqual([0, 0, 0])
    await cut(0, 2)
    await allConnected()
    expect(sizes()).toEqual([1, 2, 1])
    await heal(0, 2)
    expect(sizes()).toEqual([2, 2, 2])
  })

  test('stalled peers stay connected, and get everything once they resume', async () => {
    const { streams, stall, resume } = await create(2)
    const [near, far] = streams(0, 1)
    let bytes = 0
    far.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    stall(0, 1)
    for (let n = 0; n < 8; n++) near.write(Buffer.alloc(1 << 20))
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(near._writableState.buffered).toBeGreaterThan(1 << 20)
    expect(bytes).toBe(0)
    expect(near.destroyed || far.destroyed).toBe(false)
    resume(0, 1)
    await expect.poll(() => bytes, TIMEOUT).toBe(8 << 20)
  })

  test('a process that closes its network ends by itself', async () => {
    const program = `
      import { createNetwork } from './src/index.ts'
      const network = await createNetwork({ peers: 3, stack: 'hyperswarm' })
      await network.cut(0, 1)
      await network.close()
      console.log('closed')
    `
    const args = ['--import', 'tsx', '--input-type=module', '--eval', program]
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 })
    expect(stdout).toBe('closed\n')
  })
})

/** A testnet of its own, and what all sockets and streams of UDX in this process have in common. */
async function probe() {
  const testnet = await createTestnet()
  const swarm: Hyperswarm = createHyperswarm({ bootstrap: testnet.bootstrap })
  await swarm.listen()
  interface Socket {
    send(bytes: Buffer, port: number, host: string): unknown
    trySend(bytes: Buffer, port: number, host: string): unknown
  }
  interface Stream {
    connect(socket: unknown, id: number, port: number, host: string): void
  }
  const socket: Socket = Object.getPrototypeOf(swarm.dht.io.serverSocket)
  const stream: Stream = Object.getPrototypeOf(swarm.dht.createRawStream())
  return {
    testnet,
    prototypes: { socket, stream },
    async stop() {
      await swarm.destroy()
      await testnet.destroy()
    }
  }
}
