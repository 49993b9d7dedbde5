import { randomBytes } from 'node:crypto'
import type { Attack } from '../attack.js'
import type { Network } from '../links.js'
import { createBootstrap } from '../loopback/bootstrap.js'
import { createNetworker } from '../loopback/networker.js'
import { type Pair, pairKey, pairs } from '../pairs.js'
import { createProxy, type TcpProxy } from '../proxy/proxy.js'
import { type Address, formatAddress } from '../stack/address.js'
import type { Networker, NetworkerPeer } from '../stack/networker.js'
import type { ProtocolStream } from '../stack/protocol-stream.js'
import { until } from '../until.js'

/** Real networkers on loopback that find each other over a DHT. A proxy is on the path between any two of them. */
export type NetworkerNetwork = Network<Networker>

const PRESENCE = ['peer-add', 'peer-remove']

/** How soon a networker dials again after a cut, where hyperswarm takes a second. */
const REQUEUE_MS = [50, 50, 50]

export async function createNetworkerNetwork(peers: number, connected: boolean): Promise<NetworkerNetwork> {
  const bootstrap = await createBootstrap()
  const topic = randomBytes(32)
  const networkers: Networker[] = []
  /** By the address of who is dialled, for each place that dials. */
  const routes = Array.from({ length: peers }, () => new Map<string, TcpProxy>())
  const proxies = new Map<string, TcpProxy[]>()
  const cuts = new Set<string>()
  let attack: Attack | undefined

  async function build(): Promise<void> {
    for (let place = 0; place < peers; place++) {
      networkers.push(
        await createNetworker({
          bootstrap: bootstrap.address,
          maxPeers: Number.POSITIVE_INFINITY,
          queue: { requeue: REQUEUE_MS },
          dial: peer => routes[place]?.get(formatAddress(peer)) ?? peer
        })
      )
    }

    for (const pair of pairs(peers)) {
      const [one, other] = pair
      proxies.set(pairKey(pair), [await route(one, other), await route(other, one)])
    }
  }

  async function route(dialler: number, answerer: number): Promise<TcpProxy> {
    const target = addressOf(peer(answerer))
    const proxy = await createProxy({
      target,
      transform(chunk, { direction, offset }) {
        if (attack === undefined) return chunk
        const [from, to] = direction === 'up' ? [dialler, answerer] : [answerer, dialler]
        return attack(chunk, { from, to, direction, offset })
      }
    })
    routes[dialler]?.set(formatAddress(target), proxy)
    return proxy
  }

  // One after the other: two that announce themselves at the same time may both look too early, and hyperswarm takes
  // minutes to look again.
  async function join(joining: readonly Networker[]): Promise<void> {
    for (const networker of joining) {
      if (networker.status(topic) === undefined) await networker.configure(topic)
    }
  }

  function peer(place: number): Networker {
    const networker = networkers[place]
    if (networker === undefined) throw new RangeError(`There is no peer ${place} among ${peers}.`)
    return networker
  }

  function proxiesOf(pair: Pair): TcpProxy[] {
    for (const place of pair) peer(place)
    return proxies.get(pairKey(pair)) ?? []
  }

  function peersOf(one: number, other: number): NetworkerPeer[] {
    const key = peer(other).keyPair.publicKey
    return [...peer(one).peers].filter(({ remotePublicKey }) => remotePublicKey.equals(key))
  }

  function streamOf(one: number, other: number): ProtocolStream | undefined {
    return peersOf(one, other).find(({ stream }) => !stream.destroyed)?.stream
  }

  function isConnected([one, other]: Pair): boolean {
    return streamOf(one, other) !== undefined && streamOf(other, one) !== undefined
  }

  const network: NetworkerNetwork = {
    networkers,

    async allConnected() {
      await join(networkers)
      const missing = () => pairs(peers).filter(pair => !cuts.has(pairKey(pair)) && !isConnected(pair))
      await until(
        networkers,
        PRESENCE,
        () => missing().length === 0,
        () => `Not connected: ${missing().map(pairKey).join(', ')}.`
      )
    },

    streams(one, other) {
      const [near, far] = [streamOf(one, other), streamOf(other, one)]
      if (near !== undefined && far !== undefined) return [near, far]
      throw new Error(`Peers ${one} and ${other} are not connected.`)
    },

    async cut(one, other) {
      cuts.add(pairKey([one, other]))
      for (const proxy of proxiesOf([one, other])) proxy.cut()
      await until(
        [peer(one), peer(other)],
        PRESENCE,
        () => peersOf(one, other).length === 0 && peersOf(other, one).length === 0,
        () => `Still connected: ${pairKey([one, other])}.`
      )
    },

    async heal(one, other) {
      cuts.delete(pairKey([one, other]))
      for (const proxy of proxiesOf([one, other])) proxy.heal()
      await join([peer(one), peer(other)])
      await until(
        [peer(one), peer(other)],
        PRESENCE,
        () => isConnected([one, other]),
        () => `Not connected: ${pairKey([one, other])}.`
      )
    },

    stall(one, other) {
      for (const proxy of proxiesOf([one, other])) proxy.stall()
    },

    resume(one, other) {
      for (const proxy of proxiesOf([one, other])) proxy.resume()
    },

    throttle(from, to, bytesPerSecond) {
      for (const place of [from, to]) peer(place)
      routes[from]?.get(formatAddress(addressOf(peer(to))))?.throttle('up', bytesPerSecond)
      routes[to]?.get(formatAddress(addressOf(peer(from))))?.throttle('down', bytesPerSecond)
    },

    attack(next) {
      attack = next
    },

    async close() {
      await Promise.all(networkers.map(networker => networker.close()))
      await Promise.all([...proxies.values()].flat().map(proxy => proxy.close()))
      await bootstrap.close()
    }
  }
  try {
    await build()
    if (connected) await network.allConnected()
  } catch (error) {
    await network.close()
    throw error
  }
  return network
}

function addressOf({ swarm }: Networker): Address {
  if (!swarm) throw new Error('A networker that is closed has no address.')
  const { address, port } = swarm.address()
  return { host: address, port }
}
