import type { Peer } from './plugin.js'
import type { Report, Reports } from './reports.js'
import type { PeerDirectory } from './session/peer-directory.js'
import type { AnyJoinedTopic } from './topic/joined-topic.js'

/** What a `Peersockets` is doing, in plain values that `JSON.stringify` takes. No secret and no message is in it. */
export interface Inspection {
  readonly peers: readonly InspectedPeer[]
  readonly topics: readonly InspectedTopic[]
  /** How often each code was reported. */
  readonly rejected: Readonly<Record<string, number>>
  /** The latest reports, the newest last: at most 20. */
  readonly reports: readonly Report[]
}

/** A connected peer. */
export interface InspectedPeer {
  /** Its public key in hex. */
  readonly key: string
  readonly network: string | undefined
  readonly connections: number
  /** Bytes that wait for it, on all its connections. */
  readonly queuedBytes: number
}

/** A joined topic. */
export interface InspectedTopic {
  readonly name: string
  readonly private: boolean
  /** What its messages pass through, such as `msgpack > batch > hmac`. */
  readonly pipeline: string
  readonly sent: number
  readonly received: number
  readonly rejected: number
  /** Public keys in hex of the peers that are in it. */
  readonly peers: readonly string[]
  /** Connected peers that are in it with another pipeline. */
  readonly mismatches: readonly { readonly key: string; readonly pipeline: string }[]
}

export function inspectAll<P extends Peer>(
  directory: PeerDirectory<P>,
  topics: Iterable<AnyJoinedTopic<P>>,
  reports: Reports
): Inspection {
  return {
    peers: Array.from(directory.peers(), ({ peer, connections }) => ({
      key: hexOf(peer),
      network: peer.network,
      connections: connections.length,
      queuedBytes: connections.reduce((sum, { queuedBytes }) => sum + queuedBytes, 0)
    })),
    topics: Array.from(topics, inspectTopic),
    rejected: { ...reports.counts },
    reports: [...reports.latest]
  }
}

function inspectTopic<P extends Peer>(topic: AnyJoinedTopic<P>): InspectedTopic {
  const { name, definition, sent, received, rejected } = topic
  // By key and pipeline: a peer may have several connections.
  const mismatches = new Map<string, { readonly key: string; readonly pipeline: string }>()
  for (const { connection, remotePipelineId: theirs } of topic.connections) {
    const key = hexOf(connection.remote.peer)
    if (theirs !== undefined) mismatches.set(`${key} ${theirs}`, { key, pipeline: theirs })
  }
  const peers = topic.present().map(hexOf)
  const { private: isPrivate, pipelineId: pipeline } = definition
  return {
    name,
    private: isPrivate,
    pipeline,
    sent,
    received,
    rejected,
    peers,
    mismatches: [...mismatches.values()]
  }
}

function hexOf({ remotePublicKey }: Peer): string {
  return remotePublicKey.toString('hex')
}
