import { once } from 'node:events'
import { type Address, formatAddress } from '../stack/address.js'
import { dht4 } from '../stack/installed.js'
import { localHosts } from './host.js'

/** The DHT node that the peers of a network find each other by. It knows no other, and nobody outside knows it. */
export interface Bootstrap extends Address {
  /** `host:port`, for the `bootstrap` option of a swarm. */
  readonly address: string
  close(): Promise<void>
}

/** Starts a bootstrap node on loopback. A `port` that is taken rejects with `EADDRINUSE`. */
export async function createBootstrap({ port = 0, host }: Partial<Address> = {}): Promise<Bootstrap> {
  const node = dht4()({ bootstrap: false })
  const listening = once(node, 'listening')
  node.listen(port, host ?? (await localHosts()).bootstrap)
  try {
    await listening
  } catch (error) {
    node.destroy()
    throw error
  }
  const bound = node.address()
  const address: Address = { host: bound.address, port: bound.port }
  return {
    ...address,
    address: formatAddress(address),
    async close() {
      if (node.destroyed) return
      const closed = once(node, 'close')
      node.destroy()
      await closed
    }
  }
}
