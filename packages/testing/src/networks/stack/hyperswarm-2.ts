import type { EventEmitter } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Address } from './address.js'

/** What is used of `hyperswarm@2`, which has no types of its own. */
export interface Swarm extends EventEmitter {
  readonly destroyed: boolean
  /** Every open socket, dialled or answered. */
  readonly connections: ReadonlySet<SwarmSocket>
  readonly network: SwarmNetwork
  /** The address its TCP server and its UDP socket share. Throws or is null until it listens. */
  address(): AddressInfo
  /** `listening` follows. */
  listen(port: number, onlistening: (error?: Error | null) => void): void
  join(topic: Buffer, options?: { announce?: boolean; lookup?: boolean }, onjoin?: () => void): void
  leave(topic: Buffer, onleave?: () => void): void
  /** Calls back once the peers known so far were dialled. */
  flush(onflush: (error?: Error | null) => void): void
  connect(peer: SwarmPeer, onconnect: OnConnect): void
  destroy(ondestroy?: (error?: Error | null) => void): void
}

/** A TCP socket, or one of `utp-native`. */
export interface SwarmSocket extends Duplex {
  readonly remoteAddress?: string
}

/** Hears of the socket of a connection that was dialled, or why there is none. */
export type OnConnect = (error: Error | null, socket?: SwarmSocket, isTCP?: boolean) => void

/** Where discovery has found somebody. */
export interface SwarmPeer extends Address {
  readonly local?: boolean
  /** The DHT node that told of the peer and can help with hole punching; without one, only TCP is tried. */
  readonly referrer: Address | null
  readonly topic?: Buffer
}

/** `@hyperswarm/network@2`: the sockets of a swarm. */
export interface SwarmNetwork {
  readonly tcp: SwarmServer
  readonly utp: UtpSocket
  /** Null until the sockets are bound. */
  readonly discovery: SwarmDiscovery | null
  connect(peer: SwarmPeer, onconnect: OnConnect): void
  /** Read once, when the sockets have been bound. */
  _bootstrap: SwarmOptions['bootstrap']
}

/** What listens, for TCP or for uTP. */
export interface SwarmServer extends EventEmitter {
  /** Binds, and accepts connections: `listening` or `error` follows. Without a host, on every interface. */
  listen(port: number, host?: string): void
}

/** `utp-native@2`: one UDP socket for uTP connections and the messages of the DHT. */
export interface UtpSocket extends SwarmServer {
  /** Binds, and accepts no connections. */
  bind(port: number, host?: string): void
  address(): AddressInfo
  connect(port: number, host: string): SwarmSocket
  send(bytes: Buffer, offset: number, length: number, port: number, host: string): void
}

/** `@hyperswarm/discovery@2`. */
export interface SwarmDiscovery {
  mdns: Multicast
}

/** `multicast-dns@7`: emits `query` and `response`, with the packet and where it came from. */
export interface Multicast extends EventEmitter {
  query(packet: object): void
  response(packet: object): void
  destroy(): void
}

/** What is used of the options of hyperswarm 2. */
export interface SwarmOptions {
  /** `host:port` of DHT nodes; undefined for the public network. */
  bootstrap?: string | readonly string[]
  ephemeral?: boolean
  maxPeers?: number
  maxServerSockets?: number
  maxClientSockets?: number
  preferredPort?: number
  announceLocalAddress?: boolean
  queue?: {
    /** Milliseconds until the first, second and third attempt to connect again. */
    requeue?: readonly number[]
    /** Milliseconds after which a peer is forgotten. */
    forget?: { unresponsive?: number; banned?: number }
    /** One connection for all topics shared with a peer. */
    multiplex?: boolean
  }
  validatePeer?(peer: SwarmPeer): boolean
}
