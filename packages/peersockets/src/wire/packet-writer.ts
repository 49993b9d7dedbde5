import { giveBack } from './blocks.js'
import { FRAME_OVERHEAD_BYTES, FULL_BYTES } from './bounds.js'
import { flushAtEndOfTick } from './end-of-tick.js'
import { SequenceWriter } from './sequence.js'

/** Gathers the frames of a tick into packets: one, unless they are too many or too large for that. */
export class PacketWriter {
  readonly #frames = new SequenceWriter()
  readonly #send: (packet: Buffer) => void
  #waiting = false

  /** `send` copies the bytes before it returns, and must not throw. */
  constructor(send: (packet: Buffer) => void) {
    this.#send = send
  }

  /** Bytes that go out at the end of the tick. */
  get pendingBytes(): number {
    return this.#frames.length
  }

  /** Adds a frame: its number, and a copy of its body. */
  append(header: number, body: Buffer): void {
    if (this.#frames.length + body.length + FRAME_OVERHEAD_BYTES > FULL_BYTES) this.flush()
    this.#frames.appendHeaded(header, body)
    if (this.#frames.length >= FULL_BYTES) this.flush()
    else this.#wait()
  }

  flush(): void {
    this.#waiting = false
    if (this.#frames.count === 0) return
    const packet = this.#frames.take()
    this.#send(packet)
    giveBack(packet)
  }

  #wait(): void {
    if (this.#waiting) return
    this.#waiting = true
    flushAtEndOfTick(this)
  }
}
