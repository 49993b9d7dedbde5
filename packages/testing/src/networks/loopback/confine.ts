import net from 'node:net'
import os from 'node:os'
import type { Address } from '../stack/address.js'
import type { Swarm, SwarmPeer } from '../stack/hyperswarm-2.js'
import { localHosts } from './host.js'
import { LocalMulticast, replaceMulticast } from './multicast.js'

/** What keeps a swarm on this machine. */
export interface Confinement {
  /** `host:port` of DHT nodes on this machine. */
  bootstrap: string | readonly string[]
  /** The address to listen on and to dial from. Default: a random one of 127.0.0.0/8, never 127.0.0.1. */
  host?: string
  /** No uTP, neither dialled nor answered. Default: whether there is a `dial`, which uTP would pass by. */
  tcpOnly?: boolean
  /** Dials another address, such as a proxy's, in place of a peer's. The dial waits for a promise. */
  dial?(peer: Address): Address | Promise<Address>
  /**
   * Whether the swarms of this process hear of each other as by mDNS. They then dial each other from both sides, and
   * networkers have duplicate connections to drop. Default false: the DHT alone, and mDNS is silent.
   */
  mdns?: boolean
}

/**
 * Keeps the packets of a hyperswarm on this machine, from before it listens. As it comes, it binds every interface,
 * dials from 127.0.0.1, which networkers ignore, and multicasts what it looks for.
 */
export function confineSwarm(swarm: Swarm, confinement: Confinement): void {
  const { dial, tcpOnly = dial !== undefined } = confinement
  const bootstrap = localNodes(confinement.bootstrap)
  const { network } = swarm
  const { tcp, utp } = network
  const place = localHosts().then(local => {
    network._bootstrap = bootstrap.map(node => node.replace(/^localhost:/, `${local.bootstrap}:`))
    return confinement.host ?? local.peer()
  })

  // The one that listens or dials is told.
  place.catch(() => {})

  const listenTcp = tcp.listen.bind(tcp)
  tcp.listen = port => {
    place.then(
      host => listenTcp(port, host),
      error => tcp.emit('error', error)
    )
  }
  const listenUtp = tcpOnly ? utp.bind.bind(utp) : utp.listen.bind(utp)
  utp.listen = port => {
    place.then(host => listenUtp(port, host))
  }

  // Comes right after the discovery was made, while the socket it made for mDNS is still being bound.
  swarm.once('listening', () => {
    if (network.discovery === null) return
    if (confinement.mdns) replaceMulticast(network.discovery, new LocalMulticast(utp.address().address))
    else network.discovery.mdns.destroy()
  })

  const connect = network.connect.bind(network)
  const dialled = async (peer: SwarmPeer): Promise<SwarmPeer> => {
    if (dial !== undefined) return { ...peer, ...(await dial(peer)), referrer: null }
    return tcpOnly ? { ...peer, referrer: null } : peer
  }
  network.connect = (peer, onconnect) => {
    Promise.all([place, dialled(peer)]).then(([host, target]) => {
      if (swarm.destroyed) onconnect(new Error('The swarm was destroyed before it could dial.'))
      else withSource(host, () => connect(target, onconnect))
    }, onconnect)
  }
}

/**
 * Runs `dial`, in which every socket that connects does so from `localAddress`. `@hyperswarm/network` has no option for
 * it and takes `connect` from the module at every call, so that is where it is put, for the length of one call.
 */
function withSource(localAddress: string, dial: () => void): void {
  const { connect } = net
  const connectFrom = (port: number, host: string) => connect({ port, host, localAddress })
  Object.assign(net, { connect: connectFrom })
  try {
    dial()
  } finally {
    Object.assign(net, { connect })
  }
}

function localNodes(bootstrap: string | readonly string[]): string[] {
  const own = Object.values(os.networkInterfaces()).flatMap(addresses =>
    addresses?.map(({ address }) => address)
  )
  const nodes = typeof bootstrap === 'string' ? [bootstrap] : [...bootstrap]
  for (const node of nodes) {
    const host = node.replace(/:\d+$/, '')
    if (host !== 'localhost' && !host.startsWith('127.') && !own.includes(host)) {
      throw new Error(`The bootstrap node ${node} is not on this machine.`)
    }
  }
  return nodes
}
