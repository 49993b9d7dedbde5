import { createHyperswarm, createNetworker } from '@peersockets/testing'
import { type Member, networkerMember, swarmMember } from '../../stacks.js'

/** How often a swarm's connection says that it lives, and how long it may say nothing. */
const [KEEP_ALIVE_MS, SILENCE_MS] = [1000, 5000]
/** What all processes look each other up by. */
const TOPIC = Buffer.alloc(32, 'processes')

/** Whether a peer can be found, and whether it looks for others. */
export interface Role {
  readonly announce: boolean
  readonly lookup: boolean
}

/** A peer of a network of whatever kind. */
export interface NetworkPeer {
  readonly member: Member
  /** It does what its role says once this has resolved. */
  announced(): Promise<unknown>
  /** As its app would end it. */
  close(): Promise<unknown>
}

/** A peer that knows the DHT nodes of a stack. */
export async function joinNetwork(
  stack: string,
  bootstrap: string,
  { announce, lookup }: Role = { announce: true, lookup: true }
): Promise<NetworkPeer> {
  if (stack === 'networker') {
    const networker = await createNetworker({ bootstrap })
    return {
      member: networkerMember(networker),
      announced: () => networker.configure(TOPIC, { announce, lookup }),
      close: () => networker.close()
    }
  }
  const nodes = bootstrap.split(',').map(address => {
    const [host = '', port] = address.split(':')
    return { host, port: Number(port) }
  })
  const swarm = createHyperswarm({ bootstrap: nodes })
  // Over UDP, who is killed says nothing, and UDX gives up after half a minute. An app that cannot wait asks for less.
  swarm.on('connection', connection => {
    connection.setKeepAlive(KEEP_ALIVE_MS)
    connection.setTimeout(SILENCE_MS)
  })
  return {
    member: swarmMember(swarm),
    announced: () => swarm.join(TOPIC, { server: announce, client: lookup }).flushed(),
    close: () => swarm.destroy()
  }
}
