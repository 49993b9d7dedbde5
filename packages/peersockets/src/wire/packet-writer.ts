import { varintLength, writeVarint } from '../varint.js'
import { giveBack } from './blocks.js'
import { FRAME_OVERHEAD_BYTES, FULL_BYTES } from './bounds.js'
import { flushAtEndOfTick } from './end-of-tick.js'
import { growInPlace } from './room.js'
import { SequenceWriter } from './sequence.js'

/** A packet of that length goes at once: to wait for more would save nothing worth having, and cost a copy. */
const LARGE_BYTES = FULL_BYTES / 2

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

  /** Adds a frame: its number, and a copy of its body, unless it makes a packet where it is. */
  append(header: number, body: Buffer): void {
    if (this.#frames.length + body.length + FRAME_OVERHEAD_BYTES > FULL_BYTES) this.flush()
    const packet =
      this.#frames.count === 0 && body.length >= LARGE_BYTES ? packetInPlace(header, body) : undefined
    if (packet !== undefined) {
      this.#send(packet)
      return
    }
    this.#frames.appendHeaded(header, body)
    if (this.#frames.length >= LARGE_BYTES) this.flush()
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

/** The packet of one frame, around its body; undefined if there is no room for that. */
function packetInPlace(header: number, body: Buffer): Buffer | undefined {
  const length = varintLength(header) + body.length
  const packet = growInPlace(body, varintLength(length) + varintLength(header), 0)
  if (packet !== undefined) writeVarint(packet, header, writeVarint(packet, length, 0))
  return packet
}
