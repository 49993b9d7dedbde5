import { type HyperswarmPeer, hyperswarm } from '@peersockets/transport-hyperswarm'
import type { Topic } from 'peersockets'
import { strict } from '../strict.js'
import type { Attach } from './connection.js'

/** A topic with a codec, a schema, middleware. It has to have a name. */
export function topicOverSecretStream<Message>(topic: Topic<Message>): Attach<Message> {
  return ({ stream, swarm }, deliver) => {
    const handle = strict(hyperswarm(swarm)).join(topic, { onmessage: deliver })
    const { remotePublicKey } = stream
    if (remotePublicKey === null) throw new TypeError('After its handshake a stream knows whose it is.')
    const peer: HyperswarmPeer = {
      network: 'hyperswarm',
      remotePublicKey,
      connection: stream,
      info: undefined
    }
    return { send: message => handle.send(message, peer) }
  }
}
