import { refuse } from '../errors.js'
import type { Peer } from '../plugin.js'
import { type Network, transportOf } from './network.js'
import type { NetworkerLike, NetworkerPeer } from './networker-like.js'
import type { Connection, Transport, TransportEvents } from './transport.js'

/** The peers of a network. */
export type PeerOf<N> = N extends Transport<infer P> ? P : N extends NetworkerLike ? NetworkerPeer : never

/**
 * Several networks as one, for `new Peersockets(combine(hyperswarm(swarm), networker))`. `peer.network` tells through which one a
 * peer is connected; a peer that is connected through several with one key is one peer. Throws `ERR_INVALID_ARGUMENT`.
 */
export function combine<const N extends readonly Network[]>(...networks: N): Transport<PeerOf<N[number]>>
export function combine(...networks: readonly Network[]): Transport {
  if (networks.length === 0)
    refuse(
      'combine(...networks) takes the networks to combine, such as combine(hyperswarm(swarm), networker).'
    )
  // Its connections would come, and go, twice.
  if (new Set(networks).size < networks.length) refuse('combine(...networks) takes each network once.')
  return new CombinedTransport(networks.map(network => transportOf(network)))
}

class CombinedTransport implements Transport {
  readonly contract = 2
  readonly #transports: readonly Transport[]

  constructor(transports: readonly Transport[]) {
    this.#transports = transports
  }

  start(events: TransportEvents): void {
    for (const transport of this.#transports) transport.start(events)
  }

  stop(): void {
    for (const transport of this.#transports) transport.stop()
  }

  connectionOf(peer: Peer): Connection | undefined {
    for (const transport of this.#transports) {
      const connection = transport.connectionOf(peer)
      if (connection !== undefined) return connection
    }
    return undefined
  }
}
