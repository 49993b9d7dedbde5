import type { EventEmitter } from 'node:events'
import type { AddressInfo } from 'node:net'

/** What is used of a node of `@hyperswarm/dht@4`, which has no types of its own. */
export interface Dht extends EventEmitter {
  readonly destroyed: boolean
  /** Throws until the socket is bound. */
  address(): AddressInfo
  /** Binds the socket: `listening` or `error` follows. Without a host, on every interface. */
  listen(port: number, host?: string): void
  /** `close` follows. */
  destroy(): void
}

export interface DhtOptions {
  /** `host:port` of known nodes; `false` for none; undefined for the public network. */
  bootstrap?: string | readonly string[] | false
  /** Used instead of a socket of its own; somebody else binds it. */
  socket?: EventEmitter
}
