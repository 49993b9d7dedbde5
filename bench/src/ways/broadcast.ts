import type { Peer, Topic, TopicHandle } from 'peersockets'
import { starOfProtocolStreams } from './protocol-stream/connection.js'
import { ConnectedNetworker } from './protocol-stream/networker.js'
import { strict } from './strict.js'
import type { Star } from './way.js'

/** Says the same to everybody. */
export interface Hub<Message> {
  say(message: Message): void
  /** Resolves when everybody is in the topic. */
  readonly ready: Promise<void>
  /** What any of the others says. */
  onmessage: (message: Message) => void
  close(): void
}

export interface Spoke<Message> {
  onmessage: (message: Message) => void
  answer(message: Message): void
}

export type Stars<Message> = Star<Hub<Message>, Spoke<Message>>

/** One `broadcast`. */
export function broadcasting<Message>(topic: Topic<Message>): Stars<Message> {
  return star(topic, (room, _, message) => room.broadcast(message))
}

/** What one would do without it: a `send` to each. */
export function sending<Message>(topic: Topic<Message>): Stars<Message> {
  return star(topic, (room, peers, message) => {
    for (const peer of peers) room.send(message, peer)
  })
}

function star<Message>(
  topic: Topic<Message>,
  say: (room: TopicHandle<Message>, peers: readonly Peer[], message: Message) => void
): Stars<Message> {
  return starOfProtocolStreams<Hub<Message>, Spoke<Message>>(
    connections => {
      const peers = connections.map(({ peer }) => peer)
      const sockets = strict(new ConnectedNetworker(peers))
      let missing = peers.length
      let onready: () => void = () => undefined
      const hub: Hub<Message> = {
        say: message => say(room, peers, message),
        ready: new Promise(resolve => {
          onready = resolve
        }),
        onmessage: () => undefined,
        close() {
          for (const connection of connections) connection.close()
        }
      }
      const room = sockets.join(topic, {
        onpeerjoin() {
          missing--
          if (missing === 0) onready()
        },
        onmessage: message => hub.onmessage(message)
      })
      return hub
    },
    ({ networker, peer }) => {
      const spoke: Spoke<Message> = {
        onmessage: () => undefined,
        answer: message => handle.send(message, peer)
      }
      const handle = strict(networker).join(topic, { onmessage: message => spoke.onmessage(message) })
      return spoke
    }
  )
}
