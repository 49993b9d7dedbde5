import { EventEmitter } from 'node:events'
import { json } from '@peersockets/codec-json'
import { msgpack } from '@peersockets/codec-msgpack'
import { deflate } from '@peersockets/mw-deflate'
import { encrypt } from '@peersockets/mw-encrypt'
import { hmac } from '@peersockets/mw-hmac'
import { type Excess, limit } from '@peersockets/mw-limit'
import { type HyperswarmPeer, hyperswarm } from '@peersockets/transport-hyperswarm'
import { defineTopic, type Peer, Peersockets, type TopicHandle } from 'peersockets'
import { z } from 'zod'

const sockets: Peersockets = new Peersockets(Object.assign(new EventEmitter(), { streams: [] }))
const chat = defineTopic({
  schema: z.object({ text: z.string(), at: z.date() }),
  codec: msgpack(),
  middleware: [hmac()]
})
const room = sockets.join(chat, {
  name: 'chat/42',
  onmessage(message, peer: Peer) {
    const { text, at }: { text: string; at: Date } = message
    room.send({ text, at }, peer)
    // @ts-expect-error: the schema has no `body`.
    message.body
  }
})
// @ts-expect-error: the schema wants a date.
room.broadcast({ text: 'hi', at: 'now' })

const raw: TopicHandle<Buffer> = sockets.join('raw')
raw.broadcast('hi')
sockets.join(defineTopic({ name: 'anything', codec: json() })).broadcast({ at: [1, 2] })

const overHyperswarm = new Peersockets(hyperswarm({ connections: [], on() {}, removeListener() {} }))
overHyperswarm.join(chat, {
  onpeerjoin(peer: HyperswarmPeer) {
    const { info, connection } = peer
    overHyperswarm.on('reject', () => [info, connection])
  }
})

const onexceeded = ({ peer, kind }: Excess): void => console.warn(kind, peer.remotePublicKey)
const middleware = [
  deflate({ level: 6 }),
  encrypt({ key: Buffer.alloc(32, 1) }),
  hmac(),
  limit({ messagesPerSecond: 50, onexceeded })
]
sockets.join(defineTopic({ name: 'everything', middleware }))
// @ts-expect-error: a key is bytes.
encrypt({ key: 'correct horse battery staple' })
