import type { LocalExtensions, ProtocolStream } from './protocol-stream.js'

/** The type of an extension message in simple-hypercore-protocol. */
const EXTENSION = 15
/** The most bytes that its varints have. */
const MAX_VARINT_BYTES = 8

/** Mends the faults of the stack on one stream, for every user of the stream. */
export function repairStream(stream: ProtocolStream): void {
  repairRemoval(stream.extensions)
  repairExtensionId(stream)
}

/**
 * abstract-extension@3.1.1 removes `messages[id]` and leaves the ids behind it as they were: from then on a message goes
 * out under its neighbour's id, and the next removal takes the wrong entry.
 */
function repairRemoval(local: LocalExtensions): void {
  local._remove = extension => {
    const at = local.messages.indexOf(extension)
    if (at === -1) return
    local.messages.splice(at, 1)
    extension.id = -1
    for (const [id, message] of local.messages.entries()) message.id = id
    local.changes++
  }
}

/**
 * simple-hypercore-protocol@2 reads the id of an extension message without looking whether there is one, and throws from
 * inside the stream: any peer could end the process with an empty message. Such a message is passed over.
 */
function repairExtensionId({ state: { _messages: messages } }: ProtocolStream): void {
  const { onmessage } = messages
  messages.onmessage = (channel, type, message, ...rest) => {
    if (type === EXTENSION && !hasVarint(message)) return
    onmessage.call(messages, channel, type, message, ...rest)
  }
}

function hasVarint(bytes: Buffer): boolean {
  for (let at = 0; at < MAX_VARINT_BYTES; at++) {
    const byte = bytes[at]
    if (byte === undefined) return false
    if (byte < 0x80) return true
  }
  return false
}
