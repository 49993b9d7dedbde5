import type { Attack } from '../attack.js'
import type { Links, Network } from '../links.js'
import { type Pair, pairKey, pairs } from '../pairs.js'
import type { SecretStream } from '../stack/secret-stream.js'
import { createLink, type EncryptingStream, type Link, type LinkEnd } from './memory-link.js'
import { MemoryNetworker } from './memory-networker.js'
import { MemorySwarm } from './memory-swarm.js'

/** Peers in one process: real handshakes, real encryption, no sockets, no clock. */
export interface MemoryNetwork extends Network<MemoryNetworker> {
  /** Connects two peers, also when they are connected already. Rejects while the pair is cut. */
  connect(dialler: number, answerer: number): Promise<Link>
}

/** The same with the streams of Hyperswarm 4. */
export interface MemorySwarmNetwork extends Links<SecretStream> {
  readonly swarms: readonly MemorySwarm[]
  /** Connects two peers, also when they are connected already. Rejects while the pair is cut. */
  connect(dialler: number, answerer: number): Promise<Link<SecretStream>>
}

export async function createMemoryNetwork(peers: number, connected: boolean): Promise<MemoryNetwork> {
  const networkers = Array.from({ length: peers }, () => new MemoryNetworker())
  return { networkers, ...(await createLinks(networkers, connected)) }
}

export async function createMemorySwarmNetwork(
  peers: number,
  connected: boolean
): Promise<MemorySwarmNetwork> {
  const swarms = Array.from({ length: peers }, () => new MemorySwarm())
  return { swarms, ...(await createLinks(swarms, connected)) }
}

/** A peer in memory. */
interface MemoryPeer<Stream extends EncryptingStream> {
  /** Streams whose handshake is over. */
  readonly streams: ReadonlySet<Stream>
  /** One end of a connection, to be wired to that of another peer. */
  createEnd(initiator: boolean): LinkEnd<Stream>
}

interface MemoryLinks<Stream extends EncryptingStream> extends Links<Stream> {
  connect(dialler: number, answerer: number): Promise<Link<Stream>>
}

async function createLinks<Stream extends EncryptingStream>(
  members: readonly MemoryPeer<Stream>[],
  connected: boolean
): Promise<MemoryLinks<Stream>> {
  const peers = members.length
  const links = new Map<string, Set<Link<Stream>>>()
  const cuts = new Set<string>()
  let attack: Attack | undefined
  let closed = false

  const peer = (place: number): MemoryPeer<Stream> => {
    const member = members[place]
    if (member === undefined) throw new RangeError(`There is no peer ${place} among ${peers}.`)
    return member
  }
  const linksOf = (pair: Pair): Set<Link<Stream>> => {
    for (const place of pair) peer(place)
    const known = links.get(pairKey(pair)) ?? new Set()
    links.set(pairKey(pair), known)
    return known
  }

  const network: MemoryLinks<Stream> = {
    async connect(dialler, answerer) {
      const pair: Pair = [dialler, answerer]
      const [near, far] = [peer(dialler), peer(answerer)]
      if (dialler === answerer) throw new RangeError(`Peer ${dialler} cannot connect to itself.`)
      if (closed) throw new Error('The network is closed.')
      if (cuts.has(pairKey(pair))) throw new Error(`Peers ${pairKey(pair)} are cut from each other.`)
      const link = createLink(near.createEnd(true), far.createEnd(false), (chunk, direction, offset) => {
        if (attack === undefined) return chunk
        const [from, to] = direction === 'up' ? [dialler, answerer] : [answerer, dialler]
        return attack(chunk, { from, to, direction, offset })
      })
      // Before its handshake is over, so that a cut and a close break it as well.
      linksOf(pair).add(link)
      link.streams[0].once('close', () => linksOf(pair).delete(link))
      await link.ready
      return link
    },

    async allConnected() {
      for (const pair of pairs(peers)) {
        if (!cuts.has(pairKey(pair)) && linksOf(pair).size === 0) await network.connect(...pair)
      }
    },

    streams(one, other) {
      const link = [...linksOf([one, other])].findLast(known => known.streams.every(isReady))
      if (link === undefined) throw new Error(`Peers ${one} and ${other} are not connected.`)
      const [near, far] = link.streams
      return peer(one).streams.has(near) ? [near, far] : [far, near]
    },

    async cut(one, other) {
      cuts.add(pairKey([one, other]))
      await Promise.all([...linksOf([one, other])].map(link => link.disconnect()))
    },

    async heal(one, other) {
      cuts.delete(pairKey([one, other]))
      if (linksOf([one, other]).size === 0) await network.connect(one, other)
    },

    stall(one, other) {
      for (const link of linksOf([one, other])) link.stall()
    },

    resume(one, other) {
      for (const link of linksOf([one, other])) link.resume()
    },

    throttle(from, to, bytesPerSecond) {
      for (const link of linksOf([from, to])) {
        const source = link.streams.find(stream => peer(from).streams.has(stream))
        if (source !== undefined) link.throttle(source, bytesPerSecond)
      }
    },

    attack(next) {
      attack = next
    },

    async close() {
      closed = true
      await Promise.all([...links.values()].flatMap(known => [...known]).map(link => link.disconnect()))
    }
  }
  if (connected) await network.allConnected()
  return network
}

function isReady({ remotePublicKey, destroyed }: EncryptingStream): boolean {
  return remotePublicKey !== null && !destroyed
}
