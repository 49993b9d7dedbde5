const PREFIX_BYTES = 4

/** The messages in one piece, each behind its length in four bytes. */
export function prefixed(messages: readonly Buffer[]): Buffer {
  const bytes = messages.reduce((sum, message) => sum + PREFIX_BYTES + message.length, 0)
  const joined = Buffer.allocUnsafe(bytes)
  let at = 0
  for (const message of messages) {
    at = joined.writeUInt32BE(message.length, at)
    joined.set(message, at)
    at += message.length
  }
  return joined
}

/** What takes the chunks of a stream as they come, and gives the messages in them. */
export function messagesIn(deliver: (message: Buffer) => void): (chunk: Buffer) => void {
  let waiting: Buffer[] = []
  let waitingBytes = 0
  let wanted = PREFIX_BYTES
  return chunk => {
    waiting.push(chunk)
    waitingBytes += chunk.length
    // A large message is put together once, when all of it is there.
    if (waitingBytes < wanted) return
    const bytes = waiting.length === 1 ? chunk : Buffer.concat(waiting)
    let at = 0
    for (;;) {
      wanted = PREFIX_BYTES
      if (bytes.length - at < wanted) break
      wanted += bytes.readUInt32BE(at)
      if (bytes.length - at < wanted) break
      deliver(bytes.subarray(at + PREFIX_BYTES, at + wanted))
      at += wanted
    }
    waitingBytes = bytes.length - at
    waiting = waitingBytes === 0 ? [] : [bytes.subarray(at)]
  }
}
