import type { Socket } from 'node:net'
import { chunksOf, type Replacement } from '../attack.js'
import { Throttle } from '../throttle.js'

/** One direction of a proxied connection: what `source` sends, after `intercept` had its way with it, reaches `sink`. */
export class Relay {
  readonly #source: Socket
  readonly #throttle: Throttle
  #stalled: boolean
  #full = false
  #offset = 0

  constructor(
    source: Socket,
    sink: Socket,
    stalled: boolean,
    intercept: (chunk: Buffer, offset: number) => Replacement
  ) {
    this.#source = source
    this.#stalled = stalled
    this.#throttle = new Throttle(
      bytes => {
        if (sink.writable && !sink.write(bytes)) this.#full = true
      },
      () => this.#update()
    )
    source.on('data', (chunk: Buffer) => {
      const offset = this.#offset
      this.#offset += chunk.length
      for (const passed of chunksOf(intercept(chunk, offset))) {
        // A copy, because the socket may keep it for a while, and an attacker may go on changing it.
        this.#throttle.push(Buffer.from(passed))
      }
      if (this.#full || this.#throttle.busy) source.pause()
    })
    // A source that was accepted paused does not start by having a listener.
    if (stalled) source.pause()
    else source.resume()
    sink.on('drain', () => {
      this.#full = false
      this.#update()
    })
    // What has been written still goes out.
    source.on('close', () => {
      this.#throttle.close()
      sink.destroySoon()
    })
    // A reset connection is closed as well, and that is told to the other side.
    source.on('error', () => {})
  }

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
