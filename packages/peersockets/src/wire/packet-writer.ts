import { giveBack } from './blocks.js'
import { FRAME_OVERHEAD_BYTES, FULL_BYTES } from './bounds.js'
import { SequenceWriter } from './sequence.js'

/** Gathers the frames of a tick into packets: one, unless they are too many or too large for that. */
export class PacketWriter {
  readonly #frames = new SequenceWriter()
  readonly #send: (packet: Buffer) => void
  #scheduled = false
  #gathering = false

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
    else if (!this.#gathering) this.#flushAtEndOfTick()
  }

  /** Sends what `fill` appends, with what waits, as soon as that returns. `fill` must not throw. */
  gather(fill: () => void): void {
    this.#gathering = true
    fill()
    this.#gathering = false
    this.flush()
  }

  flush(): void {
    if (this.#frames.count === 0) return
    const packet = this.#frames.take()
    this.#send(packet)
    giveBack(packet)
  }

  #flushAtEndOfTick(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.flush()
    })
  }
}
