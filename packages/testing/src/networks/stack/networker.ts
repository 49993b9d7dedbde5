import type { EventEmitter } from 'node:events'
import type { Swarm, SwarmOptions } from './hyperswarm-2.js'
import type { KeyPair, ProtocolStream } from './protocol-stream.js'

/** A connected peer of a `@corestore/networker`. */
export interface NetworkerPeer {
  readonly remotePublicKey: Buffer
  readonly remoteAddress: string | null
  readonly type: 'tcp' | 'utp' | 'unknown' | null
  readonly stream: ProtocolStream
}

/** What is used of `@corestore/networker@1`, which has no types of its own. */
export interface Networker extends EventEmitter {
  readonly corestore: Corestore
  readonly keyPair: KeyPair
  readonly peers: ReadonlySet<NetworkerPeer>
  /** Streams whose handshake is over. */
  readonly streams: ReadonlySet<ProtocolStream>
  /** Missing until it listens, null once it is closed. */
  readonly swarm?: Swarm | null
  readonly closing: boolean
  readonly closed: boolean
  /** Streams that were opened, and those of them whose handshake is over or which are gone. */
  readonly _streamsProcessing: number
  readonly _streamsProcessed: number
  listen(): Promise<void>
  /** Announces and looks up by default; resolves once the peers found so far were dialled. */
  configure(
    discoveryKey: Buffer,
    options?: { announce?: boolean; lookup?: boolean; flush?: boolean }
  ): Promise<void>
  /** Undefined for what was never configured, or is left. */
  status(discoveryKey: Buffer): { announce: boolean; lookup: boolean } | undefined
  allStatuses(): { discoveryKey: Buffer; announce: boolean; lookup: boolean }[]
  registerExtension(name: string, handlers: NetworkerExtensionHandlers): NetworkerExtension
  close(): Promise<void>
}

/** What a networker calls when an extension message arrives. */
export interface NetworkerExtensionHandlers {
  encoding?: 'binary' | 'utf-8' | 'json'
  onmessage?(message: Buffer, peer: NetworkerPeer): void
  onerror?(error: Error): void
}

/** An extension of all streams of a networker. */
export interface NetworkerExtension {
  readonly name: string
  send(message: Buffer | string, peer: NetworkerPeer): void
  broadcast(message: Buffer | string): void
  destroy(): void
}

export interface NetworkerOptions extends SwarmOptions {
  keyPair?: KeyPair
  /** Used instead of a swarm of its own. */
  swarm?: Swarm
  onauthenticate?(remotePublicKey: Buffer, done: (error?: Error | null) => void): void
}

export interface NetworkerConstructor {
  new (corestore: Corestore, options?: NetworkerOptions): Networker
}

/** What is used of `corestore@5`. */
export interface Corestore {
  ready(): Promise<void>
  close(onclose: (error?: Error | null) => void): void
}

/** `random-access-memory@3`: storage that is gone with the process. */
export type Storage = (name: string) => object
