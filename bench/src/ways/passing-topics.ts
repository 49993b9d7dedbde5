import { hmac } from '@peersockets/mw-hmac'
import { defineTopic, type Topic } from 'peersockets'
import { overProtocolStream } from './protocol-stream/connection.js'
import { strict } from './strict.js'
import type { Way } from './way.js'

/** Topics that come and go on one connection. */
export interface PassingEnd {
  /** Joins topics, has a message of each echoed, and leaves them. */
  pass(names: readonly string[]): Promise<void>
  /** Echoes in each of `names`, and leaves it when the other end does. Resolves when all have come and gone. */
  echo(names: readonly string[]): Promise<void>
  close(): void
}

const HELLO = Buffer.from('hello')

export const passingPrivateTopics = passing(defineTopic({ middleware: [hmac()] }))
export const passingPublicTopics = passing(defineTopic({ private: false, middleware: [hmac()] }))

function passing(topic: Topic<Buffer>): Way<PassingEnd> {
  return overProtocolStream(({ networker, close }) => {
    const sockets = strict(networker)
    return {
      async pass(names) {
        const echoed = names.map(
          name =>
            new Promise<void>(resolve => {
              const room = sockets.join(topic, {
                name,
                onpeerjoin: peer => room.send(HELLO, peer),
                onmessage: () => resolve()
              })
            })
        )
        await Promise.all(echoed)
        await Promise.all(names.map(name => sockets.leave(name)))
      },
      async echo(names) {
        await Promise.all(
          names.map(
            name =>
              new Promise<void>(resolve => {
                const room = sockets.join(topic, {
                  name,
                  onmessage: (message, peer) => room.send(message, peer),
                  onpeerleave: () => resolve(sockets.leave(name))
                })
              })
          )
        )
      },
      close
    }
  })
}
