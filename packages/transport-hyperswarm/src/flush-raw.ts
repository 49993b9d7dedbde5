import type { RawStream, SecretStream } from './secret-stream.js'

/** How long to wait before another look, in milliseconds: twice as long each time, up to the longest. */
const SHORTEST_WAIT = 1
const LONGEST_WAIT = 64

/** A `udx-native` stream, whose `flush` resolves when the peer has acknowledged all; never, when the stream is gone. */
interface AcknowledgedStream extends RawStream {
  flush(): Promise<boolean>
}

/**
 * Resolves true once the stream that carries `stream` has let go of all that was written to it until now: a UDX stream when
 * the peer has acknowledged it, any other when the system has it. False once that is gone; or it stays open for ever.
 */
export async function flushRaw(stream: SecretStream): Promise<boolean> {
  const { rawStream: raw, _rawStream: writtenTo } = stream
  // One end of a pipe has a `flush` too, which is about the other direction.
  if (raw === writtenTo && isAcknowledged(raw)) return await raw.flush()
  // A socket tells when all of it is written, and that only after it was full: we count, and look again.
  const { rawBytesWritten: mark = 0 } = stream
  for (let wait = SHORTEST_WAIT; ; wait = Math.min(2 * wait, LONGEST_WAIT)) {
    const carriers = carriersOf(stream)
    if (stream.destroying || carriers.some(({ destroyed }) => destroyed)) return false
    const unwritten = carriers.reduce((sum, carrier) => sum + unwrittenOf(carrier), unreadOf(stream))
    if (unwritten === 0 || (stream.rawBytesWritten ?? 0) - unwritten >= mark) return true
    await pause(wait)
  }
}

function isAcknowledged(raw: RawStream | null | undefined): raw is AcknowledgedStream {
  return raw !== null && raw !== undefined && 'flush' in raw && typeof raw.flush === 'function'
}

/** What the encrypted bytes pass through, one after the other: a pipe is piped to a socket. */
function carriersOf({ rawStream: raw, _rawStream: writtenTo }: SecretStream): readonly RawStream[] {
  return [writtenTo, raw === writtenTo ? null : raw?._readableState?.pipeTo].filter(
    carrier => carrier !== null && carrier !== undefined
  )
}

function unwrittenOf({ writableLength, _writableState: state }: RawStream): number {
  return writableLength ?? state?.buffered ?? 0
}

/** Bytes in a pipe that nobody has taken out of it. */
function unreadOf({ rawStream: raw, _rawStream: writtenTo }: SecretStream): number {
  return raw === writtenTo ? 0 : (raw?._readableState?.buffered ?? 0)
}

/** Does not keep the process alive: that is what the socket does, or does not. */
function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => {
    const timer: unknown = setTimeout(resolve, milliseconds)
    if (typeof timer === 'object') Object(timer).unref?.()
  })
}
