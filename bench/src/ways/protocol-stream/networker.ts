import { EventEmitter } from 'node:events'
import type { NetworkerPeer } from 'peersockets'

export interface ExtensionHandlers {
  readonly name: string
  onmessage(message: Buffer, peer: NetworkerPeer): void
}

/** The least networker that both peersockets@1.0.0 and its successor run on: peers that are connected already. */
export class ConnectedNetworker extends EventEmitter {
  readonly peers: Set<NetworkerPeer>

  constructor(peers: Iterable<NetworkerPeer>) {
    super()
    this.peers = new Set(peers)
  }

  /** One more. peersockets@1.0.0 does not take any later. */
  add(peer: NetworkerPeer): void {
    this.peers.add(peer)
    this.emit('peer-add', peer)
    this.emit('handshake', peer.stream)
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
