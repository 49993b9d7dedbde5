import type Protomux from 'protomux'
import type { SecretStream } from './secret-stream.js'

/** What waits on its way out of one stream, of all that share it, and who waits for it to go. */
export class Outgoing {
  /** Bytes of frames that wait for the peer to answer. */
  heldBytes = 0
  readonly #stream: SecretStream
  readonly #mux: Protomux
  #writing = 0
  #waiting: (() => void)[] = []

  constructor(stream: SecretStream, mux: Protomux) {
    this.#stream = stream
    this.#mux = mux
    // The stream's `drain` comes only after more than 16 KiB have waited, and says nothing of the chunk that is under way.
    const write = stream._write
    stream._write = (chunk, callback) => {
      this.#writing = chunk.byteLength
      write.call(stream, chunk, error => {
        this.#writing = 0
        callback(error)
        this.wake()
      })
    }
    stream.once('close', () => this.wake())
  }

  get bytes(): number {
    const corked = this.#mux._batchState?.end ?? 0
    return this.heldBytes + corked + this.#stream._writableState.buffered + this.#writing
  }

  /** Calls back once, the next time bytes have left; also when the stream is gone. */
  onceLeft(callback: () => void): void {
    if (this.#stream.destroyed) queueMicrotask(callback)
    else this.#waiting.push(callback)
  }

  wake(): void {
    for (const callback of this.#waiting.splice(0)) callback()
  }
}
