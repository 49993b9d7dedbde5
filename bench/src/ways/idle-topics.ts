import type { JoinOptions, Peersockets } from 'peersockets'
import { type Connection, starOfProtocolStreams } from './protocol-stream/connection.js'
import { ConnectedNetworker } from './protocol-stream/networker.js'
import { strict } from './strict.js'
import type { Star } from './way.js'

/** Has many topics, and takes them to one connection after the other. */
export interface IdleHub {
  /** Resolves once the topics are there at both ends of the next connection. */
  take(): Promise<void>
  close(): void
}

/** The others join the same topics at once, and then do nothing. */
export type IdleStar = (topics: readonly string[]) => Star<IdleHub, void>

/** An extension of each stream for each topic. */
export const idleExtensions: IdleStar = topics => {
  const register = ({ peer }: Connection, onmessage: (message: Buffer) => void) =>
    topics.map(name => peer.stream.registerExtension(`peersockets/v0/${name}`, { onmessage })).at(-1)
  return starOfProtocolStreams(
    connections => ({
      take: one(connections, connection => {
        return new Promise<void>(resolve => {
          register(connection, () => resolve())?.send(Buffer.from('there?'))
        })
      }),
      close: closing(connections)
    }),
    connection => {
      const last = register(connection, message => last?.send(message))
    }
  )
}

export const idlePublicTopics = idleTopics((sockets, name, options) => sockets.join(name, options))
export const idlePrivateTopics = idleTopics((sockets, name, options) =>
  sockets.join(name, { ...options, private: true })
)

/** All of them joined before the first connection. */
function idleTopics(
  join: (sockets: Peersockets, name: string, options: JoinOptions<Buffer>) => unknown
): IdleStar {
  return topics =>
    starOfProtocolStreams(
      connections => {
        const networker = new ConnectedNetworker([])
        const sockets = strict(networker)
        let missing = 0
        let onjoined: () => void = () => undefined
        const onpeerjoin = () => {
          missing--
          if (missing === 0) onjoined()
        }
        for (const name of topics) join(sockets, name, { onpeerjoin })
        return {
          take: one(connections, ({ peer }) => {
            missing = topics.length
            return new Promise<void>(resolve => {
              // Perhaps at once: the peer may have said already what it is in.
              onjoined = resolve
              networker.add(peer)
            })
          }),
          close: closing(connections)
        }
      },
      ({ networker }) => {
        const sockets = strict(networker)
        for (const name of topics) join(sockets, name, {})
      }
    )
}

function one(connections: readonly Connection[], take: (connection: Connection) => Promise<void>) {
  const left = connections.values()
  return async () => {
    const { value } = left.next()
    if (value === undefined) throw new RangeError('There are no more connections.')
    await take(value)
  }
}

function closing(connections: readonly Connection[]) {
  return () => {
    for (const connection of connections) connection.close()
  }
}
