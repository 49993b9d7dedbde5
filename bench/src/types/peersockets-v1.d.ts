declare module 'peersockets-v1' {
  import type { NetworkerPeer } from 'peersockets'
  import type { ConnectedNetworker } from '../ways/protocol-stream/networker.js'

  class Peersockets {
    constructor(networker: ConnectedNetworker)
    join(
      name: string,
      handlers: { onmessage(message: Buffer, peer: NetworkerPeer): void }
    ): { send(message: Buffer, peer: NetworkerPeer): void }
  }

  export = Peersockets
}
