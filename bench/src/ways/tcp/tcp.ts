import type { MessageEnd, Way } from '../way.js'
import { messagesIn, prefixed } from './length-prefix.js'
import { accept, dial, drained, keepNothingBack } from './sockets.js'

/**
 * Messages behind their length over TCP, those of a turn in one write: no names, no encryption, nothing but what it takes to
 * tell one message from the next. What is on top of TCP cannot do better.
 */
export const tcp: Way<MessageEnd<Buffer>> = {
  listen: onend => accept(1, socket => onend(endOf(socket))),
  async dial(port) {
    return endOf(dial(port))
  }
}

function endOf(socket: ReturnType<typeof dial>): MessageEnd<Buffer> {
  let gathered: Buffer[] | undefined
  const end: MessageEnd<Buffer> = {
    onmessage: () => undefined,
    send(message) {
      if (gathered === undefined) socket.write(prefixed([message]))
      else gathered.push(message)
    },
    together(sends) {
      gathered = []
      sends()
      socket.write(prefixed(gathered))
      gathered = undefined
    },
    drained: () => drained(socket),
    keepNothingBack: () => keepNothingBack(socket),
    close: () => socket.end()
  }
  socket.on(
    'data',
    messagesIn(message => end.onmessage(message))
  )
  return end
}
