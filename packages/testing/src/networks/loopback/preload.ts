/**
 * For programs that make their own networks: `node --require @peersockets/testing/loopback-preload program.js`. Every
 * `require('hyperswarm')` and `require('@hyperswarm/dht')` then gives the same module, whose sockets stay on this machine.
 */
import Module from 'node:module'
import type { Dht, DhtOptions } from '../stack/dht.js'
import type { Swarm, SwarmOptions } from '../stack/hyperswarm-2.js'
import { confineSwarm } from './confine.js'
import { localHosts } from './host.js'
import { closingOrderly } from './orderly-close.js'

const load = Module.prototype.require

Module.prototype.require = function (this: NodeJS.Module, id: string) {
  const exported = load.call(this, id)
  if (id === 'hyperswarm') return confinedSwarms(exported)
  if (id === '@hyperswarm/dht') return confinedNodes(exported)
  if (id === '@corestore/networker') return closingOrderly(exported)
  return exported
}

function confinedSwarms(hyperswarm: (options?: SwarmOptions) => Swarm) {
  return ({ bootstrap, ...options }: SwarmOptions = {}): Swarm => {
    if (bootstrap === undefined)
      throw new Error('A swarm on loopback needs a `bootstrap` node on this machine.')
    const swarm = hyperswarm({ ...options, bootstrap })
    confineSwarm(swarm, { bootstrap, mdns: true })
    return swarm
  }
}

function confinedNodes(dht: (options?: DhtOptions) => Dht) {
  return (options: DhtOptions = {}): Dht => {
    const node = dht(options)
    // A node that was given a socket does not bind it: that of a swarm is confined already.
    if (options.socket !== undefined) return node
    if (options.bootstrap !== false) {
      node.destroy()
      throw new Error('A DHT node on loopback must be a bootstrap node: `dht({ bootstrap: false })`.')
    }
    const listen = node.listen.bind(node)
    node.listen = port => {
      localHosts().then(
        local => listen(port, local.bootstrap),
        error => node.emit('error', error)
      )
    }
    return node
  }
}
