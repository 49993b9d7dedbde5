import { chunksOf, type Replacement } from '../attack.js'
import type { ProtocolStream } from '../stack/protocol-stream.js'

/** One direction of a connection in memory: what `source` sends, after `intercept` had its way with it, reaches `target`. */
export class Wire {
  readonly #source: ProtocolStream
  #stalled = false
  #full = false
  #offset = 0

  constructor(
    source: ProtocolStream,
    target: ProtocolStream,
    intercept: (chunk: Buffer, offset: number) => Replacement
  ) {
    this.#source = source
    source.on('data', (chunk: Buffer) => {
      const offset = this.#offset
      this.#offset += chunk.length
      for (const passed of chunksOf(intercept(chunk, offset))) {
        // A copy, as a socket would make one: the receiver decrypts in place, and an attacker who has kept the chunk
        // to replay it must be left with ciphertext.
        if (!target.destroyed && !target.write(Buffer.from(passed))) this.#full = true
      }
      if (this.#full) source.pause()
    })
    target.on('drain', () => {
      this.#full = false
      if (!this.#stalled) source.resume()
    })
    source.on('end', () => target.end())
  }

  /** Stops taking what the source sends: its buffer fills up. */
  stall(): void {
    this.#stalled = true
    this.#source.pause()
  }

  resume(): void {
    this.#stalled = false
    if (!this.#full) this.#source.resume()
  }
}
