import { varintLength, writeVarint } from '../varint.js'
import type { ProtocolStream, StreamExtension } from './protocol-stream.js'

/** Channel 0, type 15. */
const EXTENSION_HEADER = 0x0f

/**
 * Sends a message of an extension. simple-hypercore-protocol@2 copies it twice, each time into memory of its own; here it is
 * copied once. What has to wait there for something else to go first is left to it.
 */
export function sendExtension(stream: ProtocolStream, extension: StreamExtension, message: Buffer): void {
  const { _handshaking, _pending, _encryption, handlers } = stream.state
  const isNext =
    _handshaking === false && _pending?.length === 0 && stream._changes === stream.extensions.changes
  if (!isNext || _encryption === undefined || handlers === undefined) {
    extension.send(message)
    return
  }
  const { id } = extension
  const length = 1 + varintLength(id) + message.length
  const bytes = Buffer.allocUnsafe(varintLength(length) + length)
  let at = writeVarint(bytes, length, 0)
  bytes[at++] = EXTENSION_HEADER
  at = writeVarint(bytes, id, at)
  message.copy(bytes, at)
  handlers.send(_encryption === null ? bytes : _encryption.encrypt(bytes))
}
