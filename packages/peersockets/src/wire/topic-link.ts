import { FRAME_OVERHEAD_BYTES } from './bounds.js'
import { headerOf, KIND } from './frame.js'
import type { PacketWriter } from './packet-writer.js'

/** What the private topics of one connection have in common. */
export class TopicLink {
  /** The peer has told all that it is in, as far as it has got. */
  synced = false
  /** The largest body of a frame, in bytes. */
  readonly maxBodyBytes: number
  readonly #packets: PacketWriter

  /** `maxFrameBytes` of the connection. */
  constructor(maxFrameBytes: number, packets: PacketWriter) {
    this.maxBodyBytes = maxFrameBytes - FRAME_OVERHEAD_BYTES
    this.#packets = packets
  }

  /** Writes DATA of the match that has `number`. */
  writeData(number: number, body: Buffer): void {
    this.#packets.append(headerOf(number, KIND.data), body)
  }
}
