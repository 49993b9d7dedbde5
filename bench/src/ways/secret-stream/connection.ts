import { EventEmitter, once } from 'node:events'
import type { Socket } from 'node:net'
import SecretStreamClass from '@hyperswarm/secret-stream'
import type { SecretStream } from '@peersockets/testing'
import type { SwarmLike } from '@peersockets/transport-hyperswarm'
import Protomux from 'protomux'
import { accept, dial, keepNothingBack } from '../tcp/sockets.js'
import { type MessageEnd, oneByOne, type Way } from '../way.js'

/** A secret stream after its handshake, as Hyperswarm 4 has them. */
export interface SecretConnection {
  readonly stream: SecretStream
  /** That has this connection. */
  readonly swarm: SwarmLike<SecretStream>
  keepNothingBack(): void
  close(): void
}

/** How two processes come to have a secret stream. */
export type Carrier = Way<SecretConnection>

/** What is sent on a connection, and how. */
export type Attach<Message> = (
  connection: SecretConnection,
  deliver: (message: Message) => void
) => Pick<MessageEnd<Message>, 'send'> & Partial<Pick<MessageEnd<Message>, 'together'>>

/** Messages over a secret stream: `attach` says how one is sent, and hands those that arrive to `deliver`. */
export function messagesOver<Message>(carrier: Carrier, attach: Attach<Message>): Way<MessageEnd<Message>> {
  const endOf = (connection: SecretConnection) => {
    const mux = Protomux.from(connection.stream)
    const end: MessageEnd<Message> = {
      onmessage: () => undefined,
      together: oneByOne,
      ...attach(connection, message => end.onmessage(message)),
      async drained() {
        while (!mux.drained) await once(connection.stream, 'drain')
      },
      keepNothingBack: () => connection.keepNothingBack(),
      close: () => connection.close()
    }
    return end
  }
  return {
    listen: onend => carrier.listen(connection => onend(endOf(connection))),
    dial: async port => endOf(await carrier.dial(port))
  }
}

/** Over TCP, as the streams of hypercore-protocol here. */
export const overTcp: Carrier = {
  listen: onend => accept(1, socket => shakeHands(socket, false, onend)),
  dial: port => new Promise(resolve => shakeHands(dial(port), true, resolve))
}

// Nobody listens for errors: a connection that breaks ends the process, and with it the run, in plain sight.
function shakeHands(socket: Socket, initiator: boolean, onend: (connection: SecretConnection) => void): void {
  const stream = new SecretStreamClass(initiator, socket)
  stream.once('connect', () =>
    onend({
      stream,
      swarm: Object.assign(new EventEmitter(), { connections: [stream] }),
      keepNothingBack: () => keepNothingBack(socket),
      close: () => stream.end()
    })
  )
}
