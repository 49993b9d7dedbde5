import type { ProtocolStream } from '@peersockets/testing'
import type { Stream } from '../stacks.js'
import { number } from './protocol-message.js'

interface Internals {
  readonly _encryption: { encrypt(bytes: Buffer): Buffer }
}

/** Channel 0, type 15 of hypercore-protocol: a message of an extension. */
const EXTENSION = 0x0f
/** Protomux's own channel. */
const CONTROL = 0

/**
 * Lets every message of hypercore-protocol that a stream sends from now on pass through `change`, as it is before it is encrypted:
 * there, all that write have come together.
 */
export function changeMessages(stream: ProtocolStream, change: (message: Buffer) => Buffer): void {
  const { _encryption: encryption }: Internals = Object(stream.state)
  const encrypt = encryption.encrypt.bind(encryption)
  encryption.encrypt = message => encrypt(change(message))
}

/** Lets every packet that a stream sends on an extension, or on a channel, pass through `change`. */
export function changePackets(stream: Stream, change: (packet: Buffer) => Buffer): void {
  if ('registerExtension' in stream) {
    changeMessages(stream, message => {
      const header = numberEnd(message, 0)
      if (message[header] !== EXTENSION) return message
      const start = numberEnd(message, header + 1)
      const body = Buffer.concat([message.subarray(header, start), change(message.subarray(start))])
      return Buffer.concat([number(body.length), body])
    })
    return
  }
  // A byte for the channel, and one for the type.
  const write = stream.write.bind(stream)
  stream.write = chunk => {
    const bytes = Buffer.from(chunk)
    if (bytes[0] === CONTROL) return write(chunk)
    return write(Buffer.concat([bytes.subarray(0, 2), change(bytes.subarray(2))]))
  }
}

/** Where the LEB128 that begins at `start` is over. */
function numberEnd(bytes: Buffer, start: number): number {
  let at = start
  while (((bytes[at] ?? 0) & 0x80) !== 0) at++
  return at + 1
}
