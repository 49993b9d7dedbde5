import type { ProtocolStream } from './protocol-stream.js'

/** By stream: who waits for bytes to leave it. */
const waiting = new WeakMap<ProtocolStream, (() => void)[]>()

/**
 * Calls back once, the next time bytes have left the stream, or when it closes. The `drain` event belongs to the stream's
 * writable side and never comes for what we push, and streamx asks for more through `_read` only if there was more than
 * its own mark of 16 KiB; but whatever leaves passes through `shift` of its readable side.
 */
export function ondrain(stream: ProtocolStream, callback: () => void): void {
  if (stream.destroyed) queueMicrotask(callback)
  else (waiting.get(stream) ?? watch(stream)).push(callback)
}

/** Once a stream, however many users it has. */
function watch(stream: ProtocolStream): (() => void)[] {
  const callbacks: (() => void)[] = []
  waiting.set(stream, callbacks)
  const wakeAll = () => {
    for (const wake of callbacks.splice(0)) wake()
  }
  const { _readableState: state } = stream
  const { shift } = state
  state.shift = () => {
    const chunk = shift.call(state)
    if (callbacks.length > 0) wakeAll()
    return chunk
  }
  stream.once('close', wakeAll)
  return callbacks
}
