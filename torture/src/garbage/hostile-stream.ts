import { once } from 'node:events'
import net, { type Socket } from 'node:net'
import { MemoryNetworker, type ProtocolStream } from '@peersockets/testing'

/** Where somebody listens. */
export interface Address {
  readonly address: string
  readonly port: number
}

/** What a protocol stream does with a message on its way out, and which only a peer with no stack at all reaches. */
interface Internals {
  readonly _encryption: { encrypt(bytes: Buffer): Buffer }
  readonly handlers: { send(bytes: Buffer): void }
}

const CONNECT_MS = 10_000
const HANG_UP_MS = 1000

/** A TCP connection that nothing is known of at the other end. */
export async function dial({ address, port }: Address): Promise<Socket> {
  const socket = net.connect({ host: address, port, localAddress: HOST })
  // What the other end does to it is what is looked at.
  socket.on('error', () => {})
  socket.resume()
  await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_MS) })
  return socket
}

/** Resolves once the other end has read everything, and has hung up as well. */
export async function hangUp(socket: Socket): Promise<void> {
  if (socket.destroyed) return
  const closed = once(socket, 'close')
  socket.end()
  const timer = setTimeout(() => socket.destroy(), HANG_UP_MS)
  await closed
  clearTimeout(timer)
}

/** Not 127.0.0.1, which networkers do not talk to. */
const HOST = '127.66.66.66'

/** A peer that has done the handshake, and says what it likes. */
export class HostileStream {
  readonly stream: ProtocolStream
  readonly #socket: Socket

  private constructor(socket: Socket, stream: ProtocolStream) {
    this.#socket = socket
    this.stream = stream
  }

  static async connect(to: Address): Promise<HostileStream> {
    const socket = await dial(to)
    const { stream } = new MemoryNetworker().createEnd(true)
    stream.on('error', () => {})
    stream.on('data', (chunk: Buffer) => {
      if (socket.writable) socket.write(chunk)
    })
    socket.on('data', chunk => {
      if (!stream.destroyed) stream.write(chunk)
    })
    socket.on('close', () => stream.destroy())
    await once(stream, 'handshake', { signal: AbortSignal.timeout(CONNECT_MS) })
    return new HostileStream(socket, stream)
  }

  /** Whether the other end has not hung up. */
  get open(): boolean {
    return !this.stream.destroyed
  }

  /** Opens the channel of a hypercore, as somebody does who knows its key. */
  openChannel(key: Buffer): void {
    const { open }: { open(key: Buffer, handlers: object): void } = Object(this.stream)
    open.call(this.stream, key, {})
  }

  /** Bytes of the protocol, below everything that has rules. */
  say(plaintext: Buffer): void {
    if (!this.open) return
    const { _encryption, handlers }: Internals = Object(this.stream.state)
    handlers.send(_encryption.encrypt(Buffer.from(plaintext)))
  }

  /** Hangs up, once all that was said has arrived. */
  async close(): Promise<void> {
    await hangUp(this.#socket)
    this.stream.destroy()
  }
}
