import type { Swarm, SwarmOptions } from '../stack/hyperswarm-2.js'
import { hyperswarm2 } from '../stack/installed.js'
import { type Confinement, confineSwarm } from './confine.js'

/** Those of a hyperswarm 2, and what keeps it on this machine. */
export interface LoopbackSwarmOptions extends Omit<SwarmOptions, 'bootstrap'>, Confinement {}

/** A real hyperswarm 2 whose packets stay on this machine. It listens once it is asked to, or joins a topic. */
export function createSwarm(options: LoopbackSwarmOptions): Swarm {
  const { host: _host, tcpOnly: _tcpOnly, dial: _dial, mdns: _mdns, ...swarmOptions } = options
  // One connection for all topics, as a networker has its own swarm.
  const swarm = hyperswarm2()({ ...swarmOptions, queue: { multiplex: true, ...options.queue } })
  confineSwarm(swarm, options)
  return swarm
}
