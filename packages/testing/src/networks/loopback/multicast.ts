import { EventEmitter } from 'node:events'
import type { Multicast, SwarmDiscovery } from '../stack/hyperswarm-2.js'

const segment = new Set<LocalMulticast>()

/** mDNS among the swarms of this process: what one multicasts, all of them hear, itself included. No packets. */
export class LocalMulticast extends EventEmitter implements Multicast {
  readonly #address: string

  constructor(address: string) {
    super()
    this.#address = address
    segment.add(this)
  }

  query(packet: object): void {
    this.#send('query', packet)
  }

  response(packet: object): void {
    this.#send('response', packet)
  }

  destroy(): void {
    segment.delete(this)
  }

  #send(event: string, packet: object): void {
    setImmediate(() => {
      if (!segment.has(this)) return
      for (const member of [...segment]) {
        member.emit(event, { questions: [], answers: [], ...packet }, { address: this.#address })
      }
    })
  }
}

/** Lets a discovery speak through `multicast`, and through its own UDP socket no more. */
export function replaceMulticast(discovery: SwarmDiscovery, multicast: Multicast): void {
  const { mdns } = discovery
  for (const event of ['query', 'response']) {
    for (const listener of mdns.listeners(event))
      multicast.on(event, (...args) => listener.apply(discovery, args))
  }
  discovery.mdns = multicast
  mdns.destroy()
}
