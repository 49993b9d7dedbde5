import { type NetworkerLike, Peersockets, type Topic } from 'peersockets'
import { messagesOverProtocolStream, overProtocolStream } from './protocol-stream/connection.js'
import type { MessageEnd, TopicsEnd, Way } from './way.js'

/** A public topic of Buffers. */
export const publicTopic = messagesOverProtocolStream<Buffer>(({ networker, peer }, deliver) => {
  const handle = strict(networker).join('bench', { onmessage: deliver })
  return message => {
    handle.send(message, peer)
  }
})

/** A topic with a codec, a schema, middleware. It has to have a name. */
export function definedTopic<Out extends In, In>(topic: Topic<Out, In>): Way<MessageEnd<Out>> {
  return messagesOverProtocolStream<Out>(({ networker, peer }, deliver) => {
    const handle = strict(networker).join(topic, { onmessage: deliver })
    return message => {
      handle.send(message, peer)
    }
  })
}

export const publicTopics = overProtocolStream<TopicsEnd>(({ networker, peer, close }) => ({
  join(names, onmessage) {
    const sockets = strict(networker)
    const last = names.map(name => sockets.join(name, { onmessage })).at(-1)
    return message => {
      last?.send(message, peer)
    }
  },
  close
}))

/** A message that is dropped ends the process: a figure with a loss in it is no figure. */
function strict(networker: NetworkerLike): Peersockets {
  return new Peersockets(networker, {
    onreject(error) {
      process.nextTick(() => {
        throw error
      })
    }
  })
}
