import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import { drained, keepNothingBack, LOOPBACK, portOf } from './tcp/sockets.js'
import { type MessageEnd, oneByOne, type Way } from './way.js'

/** A WebSocket: binary messages, not compressed, not encrypted. */
export const ws: Way<MessageEnd<Buffer>> = {
  async listen(onend) {
    const server = createServer()
    const sockets = new WebSocketServer({ server, perMessageDeflate: false })
    sockets.on('connection', (webSocket, request) => {
      server.close()
      onend(endOf(webSocket, request.socket))
    })
    server.listen(0, LOOPBACK)
    await once(server, 'listening')
    return portOf(server)
  },
  async dial(port) {
    const webSocket = new WebSocket(`ws://${LOOPBACK}:${port}`, { perMessageDeflate: false })
    const [[response]] = await Promise.all([once(webSocket, 'upgrade'), once(webSocket, 'open')])
    return endOf(webSocket, response.socket)
  }
}

function endOf(webSocket: WebSocket, socket: Socket): MessageEnd<Buffer> {
  const end: MessageEnd<Buffer> = {
    onmessage: () => undefined,
    send: message => webSocket.send(message),
    together: oneByOne,
    drained: () => drained(socket),
    keepNothingBack: () => keepNothingBack(socket),
    close: () => webSocket.close()
  }
  webSocket.binaryType = 'nodebuffer'
  webSocket.on('message', (message: Buffer) => end.onmessage(message))
  return end
}
