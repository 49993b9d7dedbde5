import type { Socket } from 'node:net'
import HypercoreProtocol from 'hypercore-protocol'
import type { NetworkerPeer } from 'peersockets'
import { accept, dial, drained, keepNothingBack } from '../tcp/sockets.js'
import { type MessageEnd, oneByOne, type Star, type Way } from '../way.js'
import { ConnectedNetworker } from './networker.js'

/** A protocol stream over TCP, after its handshake. */
export interface Connection {
  readonly peer: NetworkerPeer
  /** That has this peer, and no other. */
  readonly networker: ConnectedNetworker
  /** That both ends have put on the wire so far. */
  wireBytes(): number
  drained(): Promise<void>
  keepNothingBack(): void
  close(): void
}

/** What `attach` puts on a protocol stream over TCP, at each end. */
export function overProtocolStream<End>(attach: (connection: Connection) => End): Way<End> {
  return {
    listen: onend => accept(1, socket => shakeHands(socket, false, connection => onend(attach(connection)))),
    dial: async port => attach(await connectTo(port))
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
      together: oneByOne,
      drained: () => connection.drained(),
      keepNothingBack: () => connection.keepNothingBack(),
      close: () => connection.close()
    }
    return end
  })
}

/** Many protocol streams between one end and as many others. */
export function starOfProtocolStreams<Hub, Spoke>(
  attachHub: (connections: readonly Connection[]) => Hub,
  attachSpoke: (connection: Connection) => Spoke
): Star<Hub, Spoke> {
  return {
    listen: (peers, onspoke) =>
      accept(peers, socket => shakeHands(socket, false, connection => onspoke(attachSpoke(connection)))),
    async dial(port, peers) {
      return attachHub(await Promise.all(Array.from({ length: peers }, () => connectTo(port))))
    }
  }
}

function connectTo(port: number): Promise<Connection> {
  return new Promise(resolve => shakeHands(dial(port), true, resolve))
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
      networker: new ConnectedNetworker([peer]),
      wireBytes: () => socket.bytesWritten + socket.bytesRead,
      // The stream writes to the socket until that has enough, so only the socket knows of a queue.
      drained: () => drained(socket),
      keepNothingBack: () => keepNothingBack(socket),
      close: () => stream.finalize()
    })
  })
  stream.pipe(socket).pipe(stream)
}
