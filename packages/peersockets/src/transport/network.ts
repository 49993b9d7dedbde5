import type { Peer } from '../plugin.js'
import { NetworkerTransport } from './networker.js'
import type { NetworkerLike } from './networker-like.js'
import type { Transport } from './transport.js'

/** What `new Peersockets` and `combine` take: a transport, or a networker, for which they have one. */
export type Network<P extends Peer = Peer> = Transport<P> | NetworkerLike<P>

/** The transport of a network. Throws `ERR_INVALID_ARGUMENT` for what is none. */
export function transportOf<P extends Peer>(network: Network<P>): Transport<P>
export function transportOf(network: Network): Transport {
  return isTransport(network) ? network : new NetworkerTransport(network)
}

function isTransport(network: Network): network is Transport {
  return network !== null && typeof network === 'object' && 'connectionOf' in network
}
