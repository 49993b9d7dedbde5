import type { JoinOptions, Peersockets, Topic } from 'peersockets'
import { messagesOverProtocolStream, overProtocolStream } from './protocol-stream/connection.js'
import { strict } from './strict.js'
import type { MessageEnd, TopicsEnd, Way } from './way.js'

/** A public topic of Buffers. */
export const publicTopic = messagesOverProtocolStream<Buffer>(({ networker, peer }, deliver) => {
  const handle = strict(networker).join('bench', { onmessage: deliver })
  return message => {
    handle.send(message, peer)
  }
})

/** A topic with a codec, a schema, middleware. It has to have a name. */
export function definedTopic<Message>(topic: Topic<Message>): Way<MessageEnd<Message>> {
  return messagesOverProtocolStream<Message>(({ networker, peer }, deliver) => {
    const handle = strict(networker).join(topic, { onmessage: deliver })
    return message => {
      handle.send(message, peer)
    }
  })
}

export const publicTopics = topics((sockets, name, options) => sockets.join(name, options))
export const privateTopics = topics((sockets, name, options) =>
  sockets.join(name, { ...options, private: true })
)

/** Many topics of Buffers. */
function topics(
  join: (sockets: Peersockets, name: string, options: JoinOptions<Buffer>) => ReturnType<Peersockets['join']>
): Way<TopicsEnd> {
  return overProtocolStream(({ networker, peer, wireBytes, keepNothingBack, close }) => {
    const sockets = strict(networker)
    return {
      join(names, onmessage) {
        const last = names.map(name => join(sockets, name, { onmessage })).at(-1)
        return message => {
          last?.send(message, peer)
        }
      },
      wireBytes,
      keepNothingBack,
      close
    }
  })
}
