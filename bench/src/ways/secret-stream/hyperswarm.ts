import SecretStream from '@hyperswarm/secret-stream'
import { createHyperswarm, createTestnet } from '@peersockets/testing'
import { LOOPBACK } from '../tcp/sockets.js'
import type { Carrier } from './connection.js'

/** The same in both processes: who dials knows whom to look for. */
const ANSWERING = SecretStream.keyPair(Buffer.alloc(32, 'answering'))

/** Two Hyperswarm 4 instances, over UDX on loopback, that find each other by a DHT in the answering process. */
export const overHyperswarm: Carrier = {
  async listen(onend) {
    const testnet = await createTestnet()
    const swarm = createHyperswarm({ bootstrap: testnet.bootstrap, keyPair: ANSWERING })
    const close = () => {
      swarm.destroy().then(() => testnet.destroy())
    }
    swarm.on('connection', stream => {
      stream.once('close', close)
      onend({ stream, swarm, keepNothingBack, close })
    })
    await swarm.listen()
    const [node] = testnet.bootstrap
    if (node === undefined) throw new RangeError('A DHT has a node.')
    return node.port
  },
  dial(port) {
    const swarm = createHyperswarm({ bootstrap: [{ host: LOOPBACK, port }] })
    swarm.joinPeer(ANSWERING.publicKey)
    return new Promise(resolve => {
      swarm.once('connection', stream =>
        resolve({ stream, swarm, keepNothingBack, close: () => swarm.destroy() })
      )
    })
  }
}

/** UDX keeps nothing back. */
function keepNothingBack(): void {}
