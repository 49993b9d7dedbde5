import { chunksOf, type Replacement } from '../attack.js'
import { Throttle } from '../throttle.js'

/** One end of an encrypted connection, as a socket would see it. */
export interface WireEnd {
  readonly destroyed: boolean
  on(event: 'data', listener: (chunk: Buffer) => void): unknown
  on(event: 'drain' | 'end' | 'close', listener: () => void): unknown
  write(chunk: Buffer): boolean
  end(): unknown
  pause(): unknown
  resume(): unknown
}

/** One direction of a connection in memory: what `source` sends, after `intercept` had its way with it, reaches `target`. */
export class Wire {
  readonly #source: WireEnd
  readonly #throttle: Throttle
  #stalled = false
  #full = false
  #offset = 0

  constructor(source: WireEnd, target: WireEnd, intercept: (chunk: Buffer, offset: number) => Replacement) {
    this.#source = source
    this.#throttle = new Throttle(
      bytes => {
        if (!target.destroyed && !target.write(bytes)) this.#full = true
      },
      () => this.#update()
    )
    source.on('data', chunk => {
      const offset = this.#offset
      this.#offset += chunk.length
      for (const passed of chunksOf(intercept(chunk, offset))) {
        // A copy, as a socket would make one: the receiver decrypts in place, and an attacker who has kept the chunk
        // to replay it must be left with ciphertext.
        this.#throttle.push(Buffer.from(passed))
      }
      if (this.#full || this.#throttle.busy) source.pause()
    })
    target.on('drain', () => {
      this.#full = false
      this.#update()
    })
    source.on('close', () => this.#throttle.close())
    source.on('end', () => target.end())
  }

  /** Stops taking what the source sends: its buffer fills up. */
  stall(): void {
    this.#stalled = true
    this.#source.pause()
  }

  resume(): void {
    this.#stalled = false
    this.#update()
  }

  throttle(bytesPerSecond: number): void {
    this.#throttle.bytesPerSecond = bytesPerSecond
  }

  #update(): void {
    if (!this.#stalled && !this.#full && !this.#throttle.busy) this.#source.resume()
  }
}
