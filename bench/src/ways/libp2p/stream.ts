import { noise } from '@chainsafe/libp2p-noise'
import { yamux } from '@chainsafe/libp2p-yamux'
import { tcp } from '@libp2p/tcp'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { messagesIn, prefixed } from '../tcp/length-prefix.js'
import { LOOPBACK } from '../tcp/sockets.js'
import { type MessageEnd, oneByOne, type Way } from '../way.js'

const PROTOCOL = '/bench/1.0.0'

// Packages below libp2p 2, which is made for Node 20, have taken to it in minor versions. Node has it from 22 on.
Object.assign(Promise, {
  withResolvers<T>() {
    let settle = {}
    const promise = new Promise<T>((resolve, reject) => {
      settle = { resolve, reject }
    })
    return { promise, ...settle }
  }
})

/** What is used of a stream of libp2p: it gives chunks, and takes an iterable of them. */
interface ByteStream {
  readonly source: AsyncIterable<{ subarray(): Uint8Array }>
  sink(source: AsyncIterable<Uint8Array>): Promise<void>
}

/** A stream between two nodes over TCP, noise and yamux, who find nobody else. */
export function overLibp2p(joined: boolean): Way<MessageEnd<Buffer>> {
  return {
    async listen(onend) {
      const node = await createNode([`/ip4/${LOOPBACK}/tcp/0`])
      node.addEventListener('connection:close', () => void node.stop())
      await node.handle(PROTOCOL, ({ stream }) => onend(endOf(stream, joined, () => void node.stop())))
      const [address] = node.getMultiaddrs()
      if (address === undefined) throw new TypeError('A node that listens has an address.')
      return address.toOptions().port
    },
    async dial(port) {
      const node = await createNode([])
      const stream = await node.dialProtocol(multiaddr(`/ip4/${LOOPBACK}/tcp/${port}`), PROTOCOL)
      return endOf(stream, joined, () => void node.stop())
    }
  }
}

function createNode(listen: string[]) {
  return createLibp2p({
    addresses: { listen },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()]
  })
}

function endOf(stream: ByteStream, joined: boolean, close: () => void): MessageEnd<Buffer> {
  const chunks = new Chunks()
  let gathered: Buffer[] | undefined
  const end: MessageEnd<Buffer> = {
    onmessage: () => undefined,
    send(message) {
      if (gathered === undefined) chunks.add(prefixed([message]))
      else gathered.push(message)
    },
    together: joined
      ? sends => {
          gathered = []
          sends()
          chunks.add(prefixed(gathered))
          gathered = undefined
        }
      : oneByOne,
    drained: () => chunks.taken(),
    // It keeps nothing back in the first place.
    keepNothingBack: () => undefined,
    close
  }
  const take = messagesIn(message => end.onmessage(message))
  const read = async () => {
    for await (const chunk of stream.source) take(Buffer.from(chunk.subarray()))
  }
  stream.sink(chunks).catch(ignoreEnd)
  read().catch(ignoreEnd)
  return end
}

/** A stream that ends makes whoever is at it reject. What got lost by that is missed at the other end. */
function ignoreEnd(): void {}

/** Chunks for a sink, which takes them one by one. */
class Chunks implements AsyncIterable<Buffer> {
  #waiting: Buffer[] = []
  #idle = true
  #onadded: (() => void) | undefined
  #ontaken: (() => void) | undefined

  add(chunk: Buffer): void {
    this.#waiting.push(chunk)
    this.#idle = false
    this.#onadded?.()
  }

  /** Resolves when the sink asks for more than there is. */
  async taken(): Promise<void> {
    if (this.#idle) return
    await new Promise<void>(resolve => {
      this.#ontaken = resolve
    })
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    for (;;) {
      const chunks = this.#waiting
      this.#waiting = []
      yield* chunks
      if (this.#waiting.length > 0) continue
      this.#idle = true
      this.#ontaken?.()
      await new Promise<void>(resolve => {
        this.#onadded = resolve
      })
    }
  }
}
