import { EventEmitter } from 'node:events'
import { msgpack } from '@peersockets/codec-msgpack'
import { hmac } from '@peersockets/mw-hmac'
import { defineTopic } from 'peersockets'

// The schema is the app's choice, and its first argument.
const { greeting } = await import(`./schemas/${process.argv[2] ?? 'zod'}.mjs`)

/** More than one, because memory that goes back to the wrong allocator may be noticed late. */
const HANDSHAKES = 20

/**
 * What an app does: it makes a networker, connects hypercore-protocol streams, and sends a typed, signed message in both
 * directions. Prints what arrived.
 */
export async function exchange(Networker, HypercoreProtocol, Peersockets) {
  new Networker({})
  const networks = [networkOfStreams(), networkOfStreams()]
  const exchanged = exchangeOver(networks.map(network => new Peersockets(network)))
  const streams = await connect(HypercoreProtocol)
  for (const [side, stream] of streams.entries()) networks[side].emit('handshake', stream)
  await exchanged
  for (const stream of streams) stream.destroy()
  for (let i = 1; i < HANDSHAKES; i++) {
    for (const stream of await connect(HypercoreProtocol)) stream.destroy()
  }
}

/** The least that is a network of protocol streams. */
function networkOfStreams() {
  return Object.assign(new EventEmitter(), { streams: [] })
}

/** Greets from both sides, as soon as they are connected, and stops. Prints what arrived. */
export async function exchangeOver(sockets) {
  const greetings = defineTopic({
    name: 'greetings',
    schema: greeting,
    codec: msgpack(),
    middleware: [hmac()]
  })
  const received = sockets.map((socket, side) =>
    greet(socket.join.bind(socket, greetings), ['ada', 'bob'][side])
  )
  console.log((await Promise.all(received)).join(', '))
  await Promise.all(sockets.map(socket => socket.stop()))
}

function greet(join, from) {
  return new Promise((resolve, reject) => {
    const room = join({
      onpeerjoin: peer => room.send({ from, at: new Date(0) }, peer),
      onmessage: message => resolve(`${message.from} at ${message.at.toISOString()}`),
      onreject: reject
    })
  })
}

async function connect(HypercoreProtocol) {
  const streams = [new HypercoreProtocol(true), new HypercoreProtocol(false)]
  const handshakes = streams.map(
    stream =>
      new Promise((resolve, reject) => {
        stream.once('error', reject)
        stream.once('handshake', resolve)
      })
  )
  streams[0].pipe(streams[1]).pipe(streams[0])
  await Promise.all(handshakes)
  return streams
}
