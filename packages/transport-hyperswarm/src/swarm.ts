import type { Peer } from 'peersockets'
import type { SecretStream } from './secret-stream.js'

/** What is used of a Hyperswarm 4 instance: its connections, as they come and go, and what it knows of its peers. */
export interface SwarmLike<Stream extends SecretStream = SecretStream, Info = unknown> {
  /** Connections whose handshake is over. */
  readonly connections: Iterable<Stream>
  /** What is known of each peer, by its public key in hex. */
  readonly peers?: { get(publicKey: string): Info | undefined }
  on(event: 'connection', listener: (connection: Stream, info: Info) => void): unknown
  removeListener(event: 'connection', listener: (connection: Stream, info: Info) => void): unknown
}

/** A connected peer. One connection has one such object; a reconnect has a new one. */
export interface HyperswarmPeer<Stream = SecretStream, Info = unknown> extends Peer {
  readonly network: 'hyperswarm'
  /** The secret stream, which other Protomux protocols may share. */
  readonly connection: Stream
  /** The swarm's `PeerInfo`, with its topics and `ban`; it is the same for every connection to this peer. */
  readonly info: Info | undefined
}
