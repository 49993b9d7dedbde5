import type { ProtocolStream } from '@peersockets/testing'

/** All that one end of a connection gets from the other, after the handshake, as it is once it has been decrypted. */
export interface Overheard {
  /** Every byte. */
  readonly bytes: () => Buffer
  /** The bodies of the extension messages among them. */
  readonly packets: readonly Buffer[]
  /** The announcements of extensions among them. */
  readonly names: readonly (readonly string[])[]
}

interface Decrypted {
  recv(chunk: Buffer): boolean
}

interface Handlers {
  onextension(channel: number, id: number, message: Buffer): void
  onoptions(channel: number, message: { extensions: readonly string[] }): void
}

/** Listens in on a stream whose handshake is just over. */
export function overhear(stream: ProtocolStream): Overheard {
  const [chunks, packets, names]: [Buffer[], Buffer[], (readonly string[])[]] = [[], [], []]
  // Behind the cipher and before everything else, where nothing can be passed over; private there.
  const state: object = stream.state
  const decrypted: Decrypted = Reflect.get(state, '_messages')
  const { recv } = decrypted
  decrypted.recv = chunk => {
    chunks.push(Buffer.from(chunk))
    return recv.call(decrypted, chunk)
  }
  const handlers: Handlers = Reflect.get(state, 'handlers')
  const { onextension, onoptions } = handlers
  handlers.onextension = (channel, id, message) => {
    packets.push(Buffer.from(message))
    onextension.call(handlers, channel, id, message)
  }
  handlers.onoptions = (channel, message) => {
    names.push(message.extensions)
    onoptions.call(handlers, channel, message)
  }
  return { bytes: () => Buffer.concat(chunks), packets, names }
}
