import EventEmitter = require('node:events')
import Peersockets = require('peersockets')

const sockets: Peersockets = new Peersockets(Object.assign(new EventEmitter(), { streams: [] }))
const room = sockets.join('raw', {
  onmessage(message, peer) {
    const bytes: Buffer = message
    room.send(bytes, peer)
    // @ts-expect-error: bytes have no `text`.
    message.text
  }
})

async function joinTyped(): Promise<void> {
  const { defineTopic } = await import('peersockets')
  const { json } = await import('@peersockets/codec-json')
  const { hmac } = await import('@peersockets/mw-hmac')
  const { z } = await import('zod')
  const chat = sockets.join(
    defineTopic({ name: 'chat', schema: z.string(), codec: json(), middleware: [hmac()] })
  )
  chat.broadcast('hi')
  // @ts-expect-error: the schema wants a string.
  chat.broadcast(1)
}

void joinTyped()
