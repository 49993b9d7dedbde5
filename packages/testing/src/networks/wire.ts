import { chunksOf, type Replacement } from './attack.js'
import { Throttle } from './throttle.js'

/** One end of a connection: a socket, or what stands in for one in memory. */
export interface WireEnd {
  readonly destroyed: boolean
  on(event: 'data', listener: (chunk: Buffer) => void): unknown
  on(event: 'drain' | 'close', listener: () => void): unknown
  write(chunk: Buffer): boolean
  pause(): unknown
  resume(): unknown
}

/** One direction of a connection: what `source` sends, after `intercept` had its way with it, reaches `target`. */
export class Wire {
  readonly #source: WireEnd
  readonly #throttle: Throttle
  #stalled = false
  #full = false
  #offset = 0

  constructor(
    source: WireEnd,
    target: WireEnd,
    intercept: (chunk: Buffer, offset: number) => Replacement,
    isOpen = () => !target.destroyed
  ) {
    this.#source = source
    this.#throttle = new Throttle(
      bytes => {
        if (isOpen() && !target.write(bytes)) this.#full = true
      },
      () => this.#update()
    )
    source.on('data', chunk => {
      const offset = this.#offset
      this.#offset += chunk.length
      for (const passed of chunksOf(intercept(chunk, offset))) {
        // A copy, because a socket may keep it for a while, and a receiver in memory decrypts in place: an attacker may go on
        // changing what he has kept, and must be left with ciphertext.
        this.#throttle.push(Buffer.from(passed))
      }
      if (this.#full || this.#throttle.busy) source.pause()
    })
    target.on('drain', () => {
      this.#full = false
      this.#update()
    })
    source.on('close', () => this.#throttle.close())
  }

  /** Whether something waits that will pass. */
  get busy(): boolean {
    return this.#throttle.busy
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
