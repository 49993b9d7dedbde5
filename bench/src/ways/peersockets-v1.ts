import Peersockets from 'peersockets-v1'
import { messagesOverProtocolStream, overProtocolStream } from './protocol-stream/connection.js'
import type { TopicsEnd } from './way.js'

/** A topic of the published peersockets@1.0.0. */
export const v1Topic = messagesOverProtocolStream<Buffer>(({ networker, peer }, deliver) => {
  const handle = new Peersockets(networker).join('bench', { onmessage: deliver })
  return message => {
    handle.send(message, peer)
  }
})

export const v1Topics = overProtocolStream<TopicsEnd>(
  ({ networker, peer, wireBytes, keepNothingBack, close }) => {
    const sockets = new Peersockets(networker)
    return {
      join(names, onmessage) {
        const last = names.map(name => sockets.join(name, { onmessage })).at(-1)
        return message => {
          last?.send(message, peer)
        }
      },
      wireBytes,
      keepNothingBack,
      close
    }
  }
)
