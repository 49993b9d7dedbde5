import type { Chat } from '../traffic/chats.js'
import { messagesOverProtocolStream } from './protocol-stream/connection.js'

/** What an app writes itself over a raw extension: JSON, believed as it comes. */
export const jsonByHand = messagesOverProtocolStream<Chat>(({ peer }, deliver) => {
  const extension = peer.stream.registerExtension('bench', {
    onmessage: bytes => deliver(JSON.parse(bytes.toString()))
  })
  return message => {
    extension.send(Buffer.from(JSON.stringify(message)))
  }
})
