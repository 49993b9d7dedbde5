import type { Attack } from '../attack.js'
import type { Links } from '../links.js'
import { type Pair, pairKey, pairs } from '../pairs.js'
import { type Address, formatAddress } from '../stack/address.js'
import type { HyperDht, Hyperswarm, UdxSocket } from '../stack/hyperswarm-4.js'
import type { SecretStream } from '../stack/secret-stream.js'
import { until } from '../until.js'
import { createHyperswarm, createTestnet } from './hyperswarm.js'
import { UdpRelay } from './udp-relay.js'

/**
 * Real Hyperswarm 4 instances on loopback that find each other over a DHT. A relay is on the path of every connection,
 * once it is made: its handshake goes over the DHT, and no attack sees it. It has no `throttle`: what is late for UDX is lost.
 */
export interface HyperswarmNetwork extends Omit<Links<SecretStream>, 'throttle'> {
  readonly swarms: readonly Hyperswarm[]
  /** What else shall find them: the DHT nodes that they know. */
  readonly bootstrap: readonly Address[]
}

export async function createHyperswarmNetwork(peers: number, connected: boolean): Promise<HyperswarmNetwork> {
  const testnet = await createTestnet()
  const cuts = new Set<string>()
  /** For each place: by which of its sockets it connects, and to where. */
  const routes = Array.from({ length: peers }, () => new Map<string, Route>())
  const relays = new Map<string, UdpRelay[]>()
  let attack: Attack | undefined

  const swarms = Array.from({ length: peers }, (_, place) => {
    const swarm = createHyperswarm({
      bootstrap: testnet.bootstrap,
      maxPeers: Number.POSITIVE_INFINITY,
      firewall: key => cuts.has(pairKey([place, placeOf(key)]))
    })
    divert(swarm.dht, (socket, target) => routes[place]?.get(routeKey(socket.address(), target)))
    return swarm
  })

  async function build(): Promise<void> {
    await Promise.all(swarms.map(swarm => swarm.listen()))
    for (const pair of pairs(peers)) relays.set(pairKey(pair), await relaysBetween(pair))
  }

  /** Between each socket of one and each of the other: which of them a connection takes is the DHT's to choose. */
  async function relaysBetween([one, other]: Pair): Promise<UdpRelay[]> {
    const between: UdpRelay[] = []
    for (const near of socketsOf(peer(one))) {
      for (const far of socketsOf(peer(other))) {
        const relay = await UdpRelay.create(near, far, (chunk, direction, offset) => {
          if (attack === undefined) return chunk
          const [from, to] = direction === 'up' ? [one, other] : [other, one]
          return attack(chunk, { from, to, direction, offset })
        })
        routes[one]?.set(routeKey(near, far), { address: relay.answerer, ontaken: () => relay.begin() })
        routes[other]?.set(routeKey(far, near), { address: relay.dialler, ontaken: () => {} })
        between.push(relay)
      }
    }
    return between
  }

  function peer(place: number): Hyperswarm {
    const swarm = swarms[place]
    if (swarm === undefined) throw new RangeError(`There is no peer ${place} among ${peers}.`)
    return swarm
  }

  function placeOf(key: Buffer): number {
    return swarms.findIndex(({ keyPair }) => keyPair.publicKey.equals(key))
  }

  function relaysOf(pair: Pair): UdpRelay[] {
    for (const place of pair) peer(place)
    return relays.get(pairKey(pair)) ?? []
  }

  function streamOf(one: number, other: number): SecretStream | undefined {
    const key = peer(other).keyPair.publicKey
    return [...peer(one).connections].find(
      ({ remotePublicKey, destroying }) => remotePublicKey?.equals(key) && !destroying
    )
  }

  function isConnected([one, other]: Pair): boolean {
    return streamOf(one, other) !== undefined && streamOf(other, one) !== undefined
  }

  /** The one with the lower place dials, and dials again when the connection is lost. */
  function dial(pair: Pair): void {
    const [dialler, answerer] = pair.toSorted((one, other) => one - other).map(peer)
    if (dialler !== undefined && answerer !== undefined) dialler.joinPeer(answerer.keyPair.publicKey)
  }

  const network: HyperswarmNetwork = {
    swarms,
    bootstrap: testnet.bootstrap,

    async allConnected() {
      const missing = () => pairs(peers).filter(pair => !cuts.has(pairKey(pair)) && !isConnected(pair))
      for (const pair of missing()) dial(pair)
      await until(
        swarms,
        ['update'],
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
      streamOf(one, other)?.destroy()
      streamOf(other, one)?.destroy()
      await until(
        [peer(one), peer(other)],
        ['update'],
        () => streamOf(one, other) === undefined && streamOf(other, one) === undefined,
        () => `Still connected: ${pairKey([one, other])}.`
      )
    },

    async heal(one, other) {
      cuts.delete(pairKey([one, other]))
      // Whom the firewall has refused is banned.
      peer(one)
        .peers.get(keyOf(peer(other)))
        ?.ban(false)
      peer(other)
        .peers.get(keyOf(peer(one)))
        ?.ban(false)
      if (!isConnected([one, other])) dial([one, other])
      await until(
        [peer(one), peer(other)],
        ['update'],
        () => isConnected([one, other]),
        () => `Not connected: ${pairKey([one, other])}.`
      )
    },

    stall(one, other) {
      for (const relay of relaysOf([one, other])) relay.stall()
    },

    resume(one, other) {
      for (const relay of relaysOf([one, other])) relay.resume()
    },

    attack(next) {
      attack = next
    },

    async close() {
      await Promise.all(swarms.map(swarm => swarm.destroy()))
      await Promise.all([...relays.values()].flat().map(relay => relay.close()))
      await testnet.destroy()
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

interface Route {
  readonly address: Address
  ontaken(): void
}

/** Lets the connections of a DHT node go another way. The node itself chooses where to only when it connects a stream. */
function divert(dht: HyperDht, routeOf: (socket: UdxSocket, target: Address) => Route | undefined): void {
  const createRawStream = dht.createRawStream.bind(dht)
  dht.createRawStream = options => {
    const stream = createRawStream(options)
    const connect = stream.connect.bind(stream)
    stream.connect = (socket, remoteId, port, host, ...rest) => {
      const route = routeOf(socket, { host, port })
      route?.ontaken()
      const target = route?.address ?? { host, port }
      connect(socket, remoteId, target.port, target.host, ...rest)
    }
    return stream
  }
}

function socketsOf({ dht }: Hyperswarm): readonly Address[] {
  return [dht.io.serverSocket.address(), dht.io.clientSocket.address()]
}

function routeKey(from: Address, to: Address): string {
  return `${formatAddress(from)} > ${formatAddress(to)}`
}

function keyOf({ keyPair }: Hyperswarm): string {
  return keyPair.publicKey.toString('hex')
}
