import type { EventEmitter } from 'node:events'
import type { Address } from './address.js'
import type { KeyPair } from './protocol-stream.js'
import type { SecretStream } from './secret-stream.js'

/** What is used of `hyperswarm@4`, which has no types of its own. */
export interface Hyperswarm extends EventEmitter {
  readonly keyPair: KeyPair
  readonly dht: HyperDht
  /** Connections whose handshake is over. */
  readonly connections: ReadonlySet<SecretStream>
  /** What is known of each peer, by its public key in hex. */
  readonly peers: ReadonlyMap<string, PeerInfo>
  readonly destroyed: boolean
  on(event: 'connection', listener: (connection: SecretStream, info: PeerInfo) => void): this
  /** After every connection that comes or goes. */
  on(event: 'update', listener: () => void): this
  /** Announces the public key, so that `joinPeer` of another finds it. */
  listen(): Promise<unknown>
  join(topic: Buffer, options?: { server?: boolean; client?: boolean }): { flushed(): Promise<unknown> }
  leave(topic: Buffer): Promise<void>
  /** Connects to the peer of that public key, and again whenever the connection is lost. */
  joinPeer(publicKey: Buffer): void
  leavePeer(publicKey: Buffer): void
  flush(): Promise<boolean>
  destroy(): Promise<void>
}

/** What a swarm knows of a peer, connected or not. */
export interface PeerInfo extends EventEmitter {
  readonly publicKey: Buffer
  readonly topics: readonly Buffer[]
  readonly banned: boolean
  ban(banned: boolean): void
}

export interface HyperswarmOptions {
  dht?: HyperDht
  keyPair?: KeyPair
  maxPeers?: number
  /** Whether to refuse a peer, and all that it tries later. */
  firewall?(remotePublicKey: Buffer): boolean
}

export interface HyperswarmConstructor {
  new (options?: HyperswarmOptions): Hyperswarm
}

/** What is used of `hyperdht@6`. */
export interface HyperDht extends EventEmitter {
  readonly destroyed: boolean
  /** Its two UDP sockets. */
  readonly io: { readonly serverSocket: UdxSocket; readonly clientSocket: UdxSocket }
  /** A connection to the one that listens under that key, from a stranger. */
  connect(publicKey: Buffer): SecretStream
  createRawStream(options?: object): UdxStream
  fullyBootstrapped(): Promise<void>
  destroy(): Promise<void>
}

export interface HyperDhtOptions {
  bootstrap: readonly Address[]
  /** The address to bind. Default: every interface. */
  host?: string
  /** False: others reach it without help, as on loopback. */
  firewalled?: boolean
}

export interface HyperDhtConstructor {
  new (options: HyperDhtOptions): HyperDht
}

/** A socket of `udx-native@1`. */
export interface UdxSocket {
  address(): Address
}

/** A stream of `udx-native@1`, which is one of the connections on a socket. */
export interface UdxStream {
  connect(socket: UdxSocket, remoteId: number, port: number, host: string, ...rest: unknown[]): void
}

/** The nodes of `hyperdht/testnet`. */
export interface Testnet {
  readonly bootstrap: readonly Address[]
  destroy(): Promise<void>
}
