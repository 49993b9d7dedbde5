import type { PipeTarget, ProtocolStream } from './protocol-stream.js'
import { sharedOn } from './shared.js'

/** How long to wait before another look at the socket, in milliseconds: twice as long each time, up to the longest. */
const SHORTEST_WAIT = 1
const LONGEST_WAIT = 64

/** Those who wait for the same bytes to be gone. */
interface Flush {
  /** As many bytes as must have left the stream, counted from its beginning. */
  readonly mark: number
  readonly promise: Promise<boolean>
  resolve(flushed: boolean): void
}

/**
 * What leaves one stream, of all that is pushed into it, and who waits for that.
 *
 * The `drain` event belongs to the stream's writable side and never comes for what we push, and streamx asks for more
 * through `_read` only if there was more than its own mark of 16 KiB; but whatever leaves passes through `shift` of its
 * readable side.
 */
export class Outflow {
  /** One per stream, however many users it has. */
  static of(stream: ProtocolStream): Outflow {
    return sharedOn(stream, 'protocol-outflow/1', () => new Outflow(stream))
  }

  readonly #stream: ProtocolStream
  /** Bytes that the socket was given. */
  #given = 0
  #draining: (() => void)[] = []
  /** In the order of their marks. */
  #flushes: Flush[] = []
  #looking = false
  #waiting = false
  #wait = SHORTEST_WAIT

  private constructor(stream: ProtocolStream) {
    this.#stream = stream
    const { _readableState: state } = stream
    const { shift } = state
    state.shift = () => {
      const before = state.buffered
      const chunk = shift.call(state)
      this.#given += before - state.buffered
      this.#wakeDraining()
      this.#lookSoon()
      return chunk
    }
    stream.once('close', () => {
      this.#wakeDraining()
      this.#settle(false, Number.POSITIVE_INFINITY)
    })
  }

  /** Calls back once, the next time bytes have left the stream, or when it closes. */
  ondrain(callback: () => void): void {
    if (this.#stream.destroyed) queueMicrotask(callback)
    else this.#draining.push(callback)
  }

  /** Resolves true once the system has all that was pushed before, and false once the stream is gone. */
  flush(): Promise<boolean> {
    // What is sent while a listener of the handshake runs is pushed when that has returned.
    const { _pending: pending } = this.#stream.state
    return pending?.length ? Promise.resolve().then(() => this.#flush()) : this.#flush()
  }

  #flush(): Promise<boolean> {
    const mark = this.#given + this.#stream._readableState.buffered
    const last = this.#flushes.at(-1)
    if (last?.mark === mark) return last.promise
    let resolve: Flush['resolve'] = () => undefined
    const promise = new Promise<boolean>(settle => {
      resolve = settle
    })
    this.#flushes.push({ mark, promise, resolve })
    this.#lookSoon()
    return promise
  }

  #wakeDraining(): void {
    if (this.#draining.length > 0) for (const wake of this.#draining.splice(0)) wake()
  }

  // Not at once: streamx writes a chunk to the socket after it has taken it from the buffer.
  #lookSoon(): void {
    if (this.#flushes.length === 0 || this.#looking) return
    this.#looking = true
    queueMicrotask(() => {
      this.#looking = false
      this.#look()
    })
  }

  // Does not keep the process alive: that is what the socket does, or does not.
  #lookLater(): void {
    if (this.#waiting) return
    this.#waiting = true
    const timer: unknown = setTimeout(() => {
      this.#waiting = false
      this.#look()
    }, this.#wait)
    if (typeof timer === 'object') Object(timer).unref?.()
    this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT)
  }

  /**
   * A socket tells when all of it is written, and that only after it was full. While others go on sending, that may be
   * never. So we count, and look again after a while when only the socket has something left of what is waited for.
   */
  #look(): void {
    const socket = this.#stream._readableState.pipeTo
    if (this.#stream.destroyed || this.#stream.destroying || socket?.destroyed) {
      this.#settle(false, Number.POSITIVE_INFINITY)
      return
    }
    this.#settle(true, this.#given - unwritten(socket))
    const [next] = this.#flushes
    if (next !== undefined && next.mark <= this.#given) this.#lookLater()
  }

  #settle(flushed: boolean, upTo: number): void {
    const rest = this.#flushes.findIndex(({ mark }) => mark > upTo)
    const settled = this.#flushes.splice(0, rest === -1 ? this.#flushes.length : rest)
    if (settled.length > 0) this.#wait = SHORTEST_WAIT
    for (const { resolve } of settled) resolve(flushed)
  }
}

/** Bytes that a socket has of us and the system has not. uTP keeps what it sends by itself, and does not tell. */
function unwritten(socket: PipeTarget | null | undefined): number {
  const { writableLength, _writableState: state } = socket ?? {}
  return writableLength ?? state?.length ?? state?.buffered ?? 0
}
