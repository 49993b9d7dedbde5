import type { BlockPool } from './block-pool.js'
import { FRAME_OVERHEAD_BYTES, FULL_BYTES } from './bounds.js'
import { flushAtEndOfTick } from './end-of-tick.js'
import { SequenceWriter } from './sequence.js'

/** A packet of that length goes at once: to wait for more would save nothing worth having. */
const LARGE_BYTES = FULL_BYTES / 2

/** Gathers the frames of a tick into packets: one, unless they are too many or too large for that. */
export class PacketWriter {
  readonly #pool: BlockPool
  readonly #frames: SequenceWriter
  readonly #write: (packet: Buffer) => void
  #waiting = false

  /** `write` copies the bytes before it returns, and must not throw. */
  constructor(pool: BlockPool, write: (packet: Buffer) => void) {
    this.#pool = pool
    this.#frames = new SequenceWriter(pool)
    this.#write = write
  }

  /** Bytes that go out at the end of the tick. */
  get pendingBytes(): number {
    return this.#frames.length
  }

  /** Adds a frame: its header, and a copy of its body. */
  append(header: number, body: Buffer): void {
    if (this.#frames.length + body.length + FRAME_OVERHEAD_BYTES > FULL_BYTES) this.flush()
    this.#frames.appendHeaded(header, body)
    if (this.#frames.length >= LARGE_BYTES) this.flush()
    else if (!this.#waiting) {
      this.#waiting = true
      flushAtEndOfTick(this)
    }
  }

  flush(): void {
    this.#waiting = false
    if (this.#frames.count === 0) return
    const packet = this.#frames.take()
    this.#write(packet)
    this.#pool.giveBack(packet)
  }
}
