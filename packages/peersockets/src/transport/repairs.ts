import type { LocalExtensions, ProtocolStream } from './protocol-stream.js'

/** The type of an extension message in simple-hypercore-protocol. */
const EXTENSION = 15
/** The most bytes that the numbers of the stack have. */
const MAX_VARINT_BYTES = 8

/** What cuts a stream into messages (simple-message-channels@1), as far as it is repaired here. */
interface MessageChannels {
  onmessage(channel: number, type: number, message: Buffer, ...rest: unknown[]): void
  /** The bytes of the number that is being read. */
  readonly _consumed: number
  /** What was being read, a number or a message, is complete. False: nothing more is read. */
  _nextState(data: Buffer, offset: number): boolean
  /** Ends the stream once `_nextState` has returned. */
  destroy(error: Error): void
}

/** Repairs the faults of the stack on one stream, for every user of the stream. */
export function repairStream(stream: ProtocolStream): void {
  repairRemoval(stream.extensions)
  const messages: MessageChannels = Reflect.get(stream.state, '_messages')
  repairExtensionId(messages)
  repairNumbers(messages)
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
function repairExtensionId(messages: MessageChannels): void {
  const { onmessage } = messages
  messages.onmessage = (channel, type, message, ...rest) => {
    if (type === EXTENSION && !hasVarint(message)) return
    onmessage.call(messages, channel, type, message, ...rest)
  }
}

/**
 * simple-message-channels@1 bounds the bytes of a number only where a chunk ends in it. Within a chunk, a long run of them
 * makes its length not a number, which passes every check, and throws from inside the stream when memory is asked for.
 */
function repairNumbers(messages: MessageChannels): void {
  const { _nextState: nextState } = messages
  messages._nextState = (data, offset) => {
    if (messages._consumed <= MAX_VARINT_BYTES) return nextState.call(messages, data, offset)
    messages.destroy(new Error('The peer sent a number that is longer than any can be.'))
    return false
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
