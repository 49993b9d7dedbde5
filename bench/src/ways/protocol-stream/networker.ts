import { EventEmitter } from 'node:events'
import type { NetworkerPeer } from 'peersockets'

export interface ExtensionHandlers {
  readonly name: string
  onmessage(message: Buffer, peer: NetworkerPeer): void
}

/** The least networker that both peersockets@1.0.0 and its successor run on: one peer, which is there already. */
export class ConnectedNetworker extends EventEmitter {
  readonly peers: ReadonlySet<NetworkerPeer>

  constructor(peer: NetworkerPeer) {
    super()
    this.peers = new Set([peer])
  }

  registerExtension({ name, onmessage }: ExtensionHandlers) {
    // Looked up by peer for each message, as a real networker does with its many.
    const extensions = new Map(
      Array.from(this.peers, peer => {
        // peersockets@1.0.0 expects a networker to allow the same name twice.
        peer.stream.extensions.exclusive = false
        return [
          peer,
          peer.stream.registerExtension(name, { onmessage: message => onmessage(message, peer) })
        ] as const
      })
    )
    return {
      send(message: Buffer, peer: NetworkerPeer): void {
        extensions.get(peer)?.send(message)
      },
      destroy(): void {
        for (const extension of extensions.values()) extension.destroy()
      }
    }
  }
}
