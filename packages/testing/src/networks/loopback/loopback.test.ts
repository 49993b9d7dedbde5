import dgram from 'node:dgram'
import { once } from 'node:events'
import net from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createBootstrap, createNetworker, createSwarm, type Networker } from '../index.js'

const topic = Buffer.alloc(32, 'loopback')
const closing: (() => unknown)[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  for (const close of closing.splice(0).reverse()) await close()
})

async function bootstrapNode() {
  const node = await createBootstrap()
  closing.push(() => node.close())
  return node
}

async function networker(options: Parameters<typeof createNetworker>[0]): Promise<Networker> {
  const created = await createNetworker(options)
  closing.push(() => created.close())
  return created
}

function networkOf({ swarm }: Networker) {
  if (!swarm) throw new Error('The networker is closed.')
  return swarm.network
}

describe('a bootstrap node', () => {
  test('listens on 127.0.0.1, on a port of its own or the one it is given', async () => {
    const node = await bootstrapNode()
    expect(node.address).toBe(`127.0.0.1:${node.port}`)
    await expect(createBootstrap({ port: node.port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await node.close()
    const again = await createBootstrap({ port: node.port })
    expect(again.port).toBe(node.port)
    await again.close()
    await again.close()
  })
})

describe('a networker on loopback', () => {
  test('sends every packet to an address of 127.0.0.0/8, and none by multicast', async () => {
    const connect = vi.spyOn(net.Socket.prototype, 'connect')
    const send = vi.spyOn(dgram.Socket.prototype, 'send')
    const join = vi.spyOn(dgram.Socket.prototype, 'addMembership')
    const { address: bootstrap } = await bootstrapNode()
    const pair = [await networker({ bootstrap }), await networker({ bootstrap })]
    const utp = pair.map(one => vi.spyOn(networkOf(one).utp, 'send'))
    for (const one of pair) await one.configure(topic)
    await expect.poll(() => pair.map(one => one.peers.size)).toEqual([1, 1])
    for (const one of pair) await one.close()

    const datagrams = [...send.mock.calls, ...utp.flatMap(spy => spy.mock.calls)]
    const dialled = (connect.mock.calls as unknown[][]).flat(2).filter(isAddressed)
    expect(datagrams.length).toBeGreaterThan(8)
    expect(dialled.length).toBeGreaterThan(0)
    const destinations = [
      ...datagrams.map(([, , , , host]) => String(host)),
      ...dialled.map(({ host }) => host)
    ]
    expect(destinations.filter(host => !host.startsWith('127.'))).toEqual([])
    expect(join).not.toHaveBeenCalled()
  })

  test('listens on one address only, and dials from there', async () => {
    const { address: bootstrap } = await bootstrapNode()
    const [one, other] = [
      await networker({ bootstrap, host: '127.0.0.2' }),
      await networker({ bootstrap, host: '127.0.0.3' })
    ]
    expect(one.swarm?.address().address).toBe('127.0.0.2')
    expect(networkOf(one).utp.address()).toMatchObject({
      address: '127.0.0.2',
      port: one.swarm?.address().port
    })
    for (const each of [one, other]) await each.configure(topic)
    await expect.poll(() => [...one.peers].map(peer => peer.remoteAddress)).toEqual(['127.0.0.3'])
    expect([...other.peers].map(peer => peer.remoteAddress)).toEqual(['127.0.0.2'])
  })

  test('cannot listen on an address of another machine', async () => {
    const { address: bootstrap } = await bootstrapNode()
    const elsewhere = createNetworker({ bootstrap, host: '203.0.113.1' })
    await expect(elsewhere).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' })
  })

  test('keeps the identity it is given', async () => {
    const { address: bootstrap } = await bootstrapNode()
    const { keyPair } = await networker({ bootstrap })
    const again = await networker({ bootstrap, keyPair })
    expect(again.keyPair.publicKey.equals(keyPair.publicKey)).toBe(true)
  })

  test('with mDNS among its neighbours, both dial, and one connection of the two remains', async () => {
    const { address: bootstrap } = await bootstrapNode()
    const pair = [await networker({ bootstrap, mdns: true }), await networker({ bootstrap, mdns: true })]
    const dialled = pair.map(() => 0)
    for (const [place, one] of pair.entries()) {
      one.swarm?.on('connection', (_socket, { client }: { client: boolean }) => {
        if (client) dialled[place] = (dialled[place] ?? 0) + 1
      })
    }
    for (const one of pair) await one.configure(topic)
    await expect.poll(() => Math.min(...dialled)).toBeGreaterThan(0)
    await expect.poll(() => pair.map(one => one.peers.size)).toEqual([1, 1])
  })

  test('can be without uTP, and dial somebody else than it has found', async () => {
    const { address: bootstrap } = await bootstrapNode()
    const one = await networker({ bootstrap })
    const found: unknown[] = []
    const stranger = net.createServer(socket => socket.destroy())
    stranger.listen(0, '127.0.0.4')
    await once(stranger, 'listening')
    closing.push(() => stranger.close())
    const { port } = stranger.address() as net.AddressInfo
    const other = await networker({
      bootstrap,
      dial(peer) {
        found.push(peer)
        return { host: '127.0.0.4', port }
      }
    })
    const dialled = once(stranger, 'connection')
    const utp = vi.spyOn(networkOf(other).utp, 'connect')
    await one.configure(topic)
    await other.configure(topic)
    await dialled
    const { address: host, port: listening } = one.swarm?.address() ?? {}
    expect(found[0]).toMatchObject({ host, port: listening })
    expect(utp).not.toHaveBeenCalled()
    expect(one.peers.size).toBe(0)
  })
})

describe('a swarm on loopback', () => {
  test('refuses a bootstrap node that is not on this machine', () => {
    expect(() => createSwarm({ bootstrap: 'bootstrap.example.com:49737' })).toThrow('is not on this machine')
    expect(() => createSwarm({ bootstrap: ['127.0.0.1:1', '192.0.2.250:49737'] })).toThrow('192.0.2.250')
  })

  test('knows localhost by its name, and answers a dial on TCP', async () => {
    const { port } = await bootstrapNode()
    const swarms = [0, 1].map(() => createSwarm({ bootstrap: `localhost:${port}` }))
    for (const swarm of swarms) closing.push(() => new Promise<unknown>(resolve => swarm.destroy(resolve)))
    const connections = swarms.map(swarm => once(swarm, 'connection'))
    for (const swarm of swarms) {
      swarm.join(topic, { announce: true, lookup: true })
      await new Promise(resolve => swarm.flush(resolve))
    }
    const [[answered], [dialled]] = (await Promise.all(connections)) as [[net.Socket], [net.Socket]]
    dialled.write('hello')
    expect(String(await once(answered, 'data'))).toBe('hello')
  })
})

function isAddressed(argument: unknown): argument is { host: string } {
  return (
    typeof argument === 'object' &&
    argument !== null &&
    'host' in argument &&
    typeof argument.host === 'string'
  )
}
