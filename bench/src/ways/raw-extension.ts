import { messagesOverProtocolStream, overProtocolStream } from './protocol-stream/connection.js'
import type { TopicsEnd } from './way.js'

/** What hypercore-protocol itself offers: one extension of the stream, Buffers. */
export const rawExtension = messagesOverProtocolStream<Buffer>(({ peer }, deliver) => {
  const extension = peer.stream.registerExtension('bench', { onmessage: deliver })
  return message => {
    extension.send(message)
  }
})

/** An extension for each topic. */
export const rawExtensions = overProtocolStream<TopicsEnd>(({ peer, wireBytes, keepNothingBack, close }) => ({
  join(names, onmessage) {
    // Named as peersockets names them: each one that is added has them all sorted again, so their length counts.
    const extensions = names.map(name =>
      peer.stream.registerExtension(`peersockets/v0/${name}`, { onmessage })
    )
    const last = extensions.at(-1)
    return message => {
      last?.send(message)
    }
  },
  wireBytes,
  keepNothingBack,
  close
}))
