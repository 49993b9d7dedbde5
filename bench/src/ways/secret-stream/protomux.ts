import Protomux from 'protomux'
import type { Chat } from '../../traffic/chats.js'
import type { Attach } from './connection.js'

/** A Protomux channel, each message written by itself. */
export const protomux: Attach<Buffer> = ({ stream }, deliver) => {
  const channel = Protomux.from(stream).createChannel({ protocol: 'bench' })
  const message = channel.addMessage({ onmessage: deliver })
  channel.open()
  return { send: bytes => message.send(bytes) }
}

/** The same, corked by hand: what is sent in one turn of the event loop is one write. */
export const corkedProtomux: Attach<Buffer> = (connection, deliver) => {
  const mux = Protomux.from(connection.stream)
  return {
    ...protomux(connection, deliver),
    together(sends) {
      mux.cork()
      sends()
      mux.uncork()
    }
  }
}

/** What an app writes itself: JSON, believed as it comes, and corked. */
export const corkedJson: Attach<Chat> = (connection, deliver) => {
  const { send, together } = corkedProtomux(connection, bytes => deliver(JSON.parse(bytes.toString())))
  return { send: message => send(Buffer.from(JSON.stringify(message))), ...(together && { together }) }
}
