import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import HypercoreProtocol from 'hypercore-protocol'
import type { NetworkerPeer } from 'peersockets'
import type { MessageEnd, Way } from '../way.js'
import { ConnectedNetworker } from './networker.js'

const LOOPBACK = '127.0.0.1'

/** A protocol stream over TCP, after its handshake. */
export interface Connection {
  readonly peer: NetworkerPeer
  readonly networker: ConnectedNetworker
  drained(): Promise<void>
  close(): void
}

/** What `attach` puts on a protocol stream over TCP, at each end. */
export function overProtocolStream<End>(attach: (connection: Connection) => End): Way<End> {
  return {
    async listen(onend) {
      const server = createServer(socket => {
        server.close()
        shakeHands(socket, false, connection => onend(attach(connection)))
      })
      server.listen(0, LOOPBACK)
      await once(server, 'listening')
      const address = server.address()
      if (address === null || typeof address === 'string') throw new TypeError('A TCP server has a port.')
      return address.port
    },
    dial(port) {
      return new Promise(resolve => {
        shakeHands(connect(port, LOOPBACK), true, connection => resolve(attach(connection)))
      })
    }
  }
}

/** Messages over a protocol stream: `attach` says how one is sent, and hands those that arrive to `deliver`. */
export function messagesOverProtocolStream<Message>(
  attach: (connection: Connection, deliver: (message: Message) => void) => (message: Message) => void
): Way<MessageEnd<Message>> {
  return overProtocolStream(connection => {
    const end: MessageEnd<Message> = {
      onmessage: () => undefined,
      send: attach(connection, message => end.onmessage(message)),
      drained: () => connection.drained(),
      close: () => connection.close()
    }
    return end
  })
}

// Nobody listens for errors: a connection that breaks ends the process, and with it the run, in plain sight.
function shakeHands(socket: Socket, initiator: boolean, onhandshake: (connection: Connection) => void): void {
  const stream = new HypercoreProtocol(initiator, { live: true })
  stream.on('handshake', () => {
    const { remotePublicKey, remoteAddress, remoteType } = stream
    if (remotePublicKey === null) throw new TypeError('After its handshake a stream knows whose it is.')
    const peer = { remotePublicKey, remoteAddress, type: remoteType, stream }
    onhandshake({
      peer,
      networker: new ConnectedNetworker(peer),
      async drained() {
        // The stream writes to the socket until that has enough, so only the socket knows of a queue.
        while (socket.writableNeedDrain) await once(socket, 'drain')
      },
      close() {
        // Whatever the other end still makes ours answer has nowhere to go any more, and must not end the process.
        stream.on('error', error => {
          if (error.code !== 'ERR_STREAM_WRITE_AFTER_END') throw error
        })
        socket.end()
      }
    })
  })
  stream.pipe(socket).pipe(stream)
}
