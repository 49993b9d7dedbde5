import type Protomux from 'protomux'
import { flushRaw } from './flush-raw.js'
import type { SecretStream } from './secret-stream.js'

/** What a held frame costs besides its bytes, so that a flood of empty ones is bounded too. */
const HELD_OVERHEAD_BYTES = 64
/** What Protomux counts of a batch that has nothing in it yet. */
const EMPTY_BATCH_BYTES = 1

/** What waits on its way out of one stream, of all that share it, and who waits for it to go. */
export class Outgoing {
  readonly #stream: SecretStream
  readonly #mux: Protomux
  /** Frames that wait for the peer to answer, by protocol. */
  readonly #holding = new Set<readonly Buffer[]>()
  #heldBytes = 0
  #writing = 0
  /** Bytes that the raw stream was given. */
  #given = 0
  #waiting: (() => void)[] = []
  #running: Promise<boolean> | undefined
  #next: Promise<boolean> | undefined
  #giveUp: (() => void) | undefined

  constructor(stream: SecretStream, mux: Protomux) {
    this.#stream = stream
    this.#mux = mux
    // The stream's `drain` comes only after more than 16 KiB have waited, and says nothing of the chunk that is under way.
    const write = stream._write
    stream._write = (chunk, callback) => {
      const { byteLength } = chunk
      this.#writing = byteLength
      write.call(stream, chunk, error => {
        this.#writing = 0
        this.#given += byteLength
        callback(error)
        this.wake()
      })
    }
    stream.once('close', () => {
      this.wake()
      this.#giveUp?.()
    })
  }

  get bytes(): number {
    const corked = this.#mux._batchState?.end ?? 0
    return this.#heldBytes + corked + this.#stream._writableState.buffered + this.#writing
  }

  /** Puts a copy of `frame` into `frames`, where it waits for the peer to answer. */
  hold(frames: Buffer[], frame: Buffer): void {
    this.#holding.add(frames)
    this.#heldBytes += frame.length + HELD_OVERHEAD_BYTES
    frames.push(Buffer.from(frame))
  }

  /** The peer has answered: `frames` are sent, or dropped, by the one who calls. */
  letGo(frames: readonly Buffer[]): void {
    this.#holding.delete(frames)
    for (const frame of frames) this.#heldBytes -= frame.length + HELD_OVERHEAD_BYTES
  }

  /** Calls back once, the next time bytes have left; also when the stream is gone. */
  onceLeft(callback: () => void): void {
    if (this.#stream.destroyed) queueMicrotask(callback)
    else this.#waiting.push(callback)
  }

  wake(): void {
    for (const callback of this.#waiting.splice(0)) callback()
  }

  /**
   * Resolves true once all that was sent before has left, see {@link flushRaw}, and false once the stream is gone. What the
   * peer has no protocol for has nowhere to go, and is waited for until that is known. One at a time, and all who ask in
   * the meantime have the next.
   */
  flush(): Promise<boolean> {
    if (this.#next !== undefined) return this.#next
    if (this.#running === undefined) return this.#run()
    this.#next = this.#running.then(() => {
      this.#next = undefined
      return this.#run()
    })
    return this.#next
  }

  #run(): Promise<boolean> {
    const running = this.#flushAll().then(flushed => {
      this.#running = undefined
      return flushed
    })
    this.#running = running
    return running
  }

  async #flushAll(): Promise<boolean> {
    const held = [...this.#holding]
    await this.#until(() => !held.some(frames => this.#holding.has(frames)))
    const batch = this.#mux._batchState
    const corked = batch !== null && batch.end > EMPTY_BATCH_BYTES
    await this.#until(() => !corked || this.#mux._batchState !== batch)
    const mark = this.#given + this.#writing + this.#stream._writableState.buffered
    await this.#until(() => this.#given >= mark)
    return !this.#stream.destroying && (await this.#flushRaw())
  }

  /** Ends also when the stream does. */
  async #until(isSo: () => boolean): Promise<void> {
    while (!this.#stream.destroying && !isSo()) await new Promise<void>(resolve => this.onceLeft(resolve))
  }

  #flushRaw(): Promise<boolean> {
    return new Promise(resolve => {
      this.#giveUp = () => resolve(false)
      flushRaw(this.#stream).then(resolve, this.#giveUp)
    })
  }
}
