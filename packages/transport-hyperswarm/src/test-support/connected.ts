import { createNetwork, type MemorySwarmNetwork, type SecretStream } from '@peersockets/testing'
import type { Channel, Connection } from 'peersockets'
import Protomux from 'protomux'
import { onTestFinished } from 'vitest'
import { hyperswarm } from '../index.js'

/** One end of a connection, as the transport reports it, and the stream below. */
export interface End {
  readonly connection: Connection
  readonly stream: SecretStream
  readonly mux: Protomux
}

/** Two swarms in memory that are connected once, by real secret streams, and both ends of the connection. */
export async function connected(): Promise<{ network: MemorySwarmNetwork; ends: readonly [End, End] }> {
  const network = await createNetwork({ stack: 'hyperswarm-memory' })
  onTestFinished(() => network.close())
  const [near, far] = network.streams(0, 1)
  const end = (place: number, stream: SecretStream): End => {
    const swarm = network.swarms[place]
    let connection: Connection | undefined
    if (swarm !== undefined) {
      const onconnection = (reported: Connection) => {
        connection = reported
      }
      hyperswarm(swarm).start({ onconnection, onclose: () => {} })
    }
    if (connection === undefined) throw new Error('The connection was not reported.')
    return { connection, stream, mux: Protomux.from(stream) }
  }
  return { network, ends: [end(0, near), end(1, far)] }
}

/** A channel, and all that it hears. */
export interface Overheard {
  readonly channel: Channel
  readonly log: string[]
}

/** Opens a protocol that writes down what happens on it: frames as text, `open` and `close` in brackets. */
export function listen({ connection }: End, protocol: string): Overheard {
  const log: string[] = []
  const channel = connection.open(protocol, {
    onmessage: frame => log.push(frame.toString()),
    onopen: () => log.push('[open]'),
    onclose: () => log.push('[close]')
  })
  return { channel, log }
}
