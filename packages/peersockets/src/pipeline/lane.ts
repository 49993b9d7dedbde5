import FIFO from 'fast-fifo'
import { PeersocketsError } from '../errors.js'
import type { Layer } from '../plugin.js'
import type { Backlog } from './backlog.js'

/** A layer that was opened. It may take its time: frames behind it wait, so that order is kept. */
export interface Opened {
  /** Of its middleware. */
  readonly name: string
  readonly layer: Layer
}

/** What the two lanes of a pipeline tell it; `out` says which. */
export interface LaneOwner {
  /**
   * A frame has passed every layer. When `late` is false, this is still inside `push`, and what is thrown here reaches
   * its caller; when it is true nothing may be thrown.
   */
  onframe(frame: Buffer, late: boolean, out: boolean): void
  /** The layer of that name refused a frame, which is gone; the frames behind it go on. `late` as above. */
  onrefusal(cause: unknown, name: string, late: boolean, out: boolean): void
  /** The lane is empty again, after something had to wait in it. Must not throw. */
  onempty(out: boolean): void
}

/** What a waiting frame costs besides its bytes, so that a flood of empty frames is bounded too. */
const FRAME_OVERHEAD_BYTES = 64

/**
 * Frames of one topic in one direction of one connection, passing through layers in order, one at a time.
 * While every layer returns at once, nothing is queued and nothing is allocated; the first promise makes the frames
 * behind it wait.
 */
export class Lane {
  readonly #layers: readonly Opened[]
  readonly #owner: LaneOwner
  readonly #backlog: Backlog
  readonly #out: boolean
  #waiting: FIFO<Buffer> | undefined
  #held = 0
  #settled = 0
  /** One more each time that all in the lane is dropped: what a layer was at then has no place to go any more. */
  #epoch = 0
  #busy = false
  #closed = false

  /** `out`: through `send` of the layers, and out of the process, so that nothing is read any more behind the last. */
  constructor(layers: readonly Opened[], owner: LaneOwner, backlog: Backlog, out: boolean) {
    this.#layers = layers
    this.#owner = owner
    this.#backlog = backlog
    this.#out = out
  }

  /** Whether the next frame would have to wait. */
  get busy(): boolean {
    return this.#busy
  }

  /** How many promises of layers have settled so far. */
  get settled(): number {
    return this.#settled
  }

  /** Whether nobody reads the frame any more: false if a layer takes its time with it. */
  push(frame: Buffer): boolean {
    if (this.#closed) return true
    if (!this.#busy) return this.#run(frame, 0, false)
    this.#hold(frame.length)
    // A copy: on the way out the bytes may be the app's, which goes on to change them; on the way in a small frame
    // would keep the whole chunk alive that the socket read it with.
    this.#waiting ??= new FIFO()
    this.#waiting.push(Buffer.from(frame))
    return true
  }

  /** Drops what is in it. A layer at work is not stopped, but its result goes nowhere; what comes next waits for it. */
  clear(): void {
    const held = this.#held
    this.#epoch++
    this.#held = 0
    this.#waiting = undefined
    this.#backlog.remove(held)
  }

  /** Drops what is in it, and takes nothing more. */
  close(): void {
    this.#closed = true
    this.#busy = false
    this.clear()
  }

  /** Whether the frame has left the lane, one way or the other. */
  #run(frame: Buffer, first: number, late: boolean): boolean {
    const epoch = this.#epoch
    for (let at = first; at < this.#layers.length; at++) {
      const opened = this.#layers[at]
      if (opened === undefined) break
      try {
        const result = this.#out ? opened.layer.send(frame) : opened.layer.receive(frame)
        if (Buffer.isBuffer(result)) frame = result
        else if (typeof result?.then === 'function') {
          this.#wait(result, frame.length, at, epoch)
          return false
        } else throw notBytes(result)
        // The layer may itself have ended what it was called for.
        if (epoch !== this.#epoch) return true
      } catch (error) {
        this.#owner.onrefusal(error, opened.name, late, this.#out)
        return true
      }
    }
    this.#owner.onframe(frame, late, this.#out)
    return true
  }

  async #wait(result: PromiseLike<Buffer>, length: number, at: number, epoch: number): Promise<void> {
    this.#busy = !this.#closed
    if (epoch === this.#epoch) this.#hold(length)
    let frame: Buffer | undefined
    let failure: unknown
    try {
      const settled = await result
      if (!Buffer.isBuffer(settled)) throw notBytes(settled)
      frame = settled
    } catch (error) {
      failure = error
    }
    if (this.#closed) return
    this.#settled++
    let through = true
    if (epoch === this.#epoch) {
      this.#release(length)
      if (frame === undefined) this.#owner.onrefusal(failure, this.#layers[at]?.name ?? '', true, this.#out)
      else through = this.#run(frame, at + 1, true)
    }
    if (through) this.#resume()
  }

  /** Lets what waited through, until a frame has to wait again. */
  #resume(): void {
    while (!this.#closed) {
      const frame = this.#waiting?.shift()
      if (frame === undefined) {
        this.#busy = false
        this.#owner.onempty(this.#out)
        return
      }
      this.#release(frame.length)
      if (!this.#run(frame, 0, true)) return
    }
  }

  #hold(length: number): void {
    this.#held += length + FRAME_OVERHEAD_BYTES
    this.#backlog.add(length + FRAME_OVERHEAD_BYTES)
  }

  #release(length: number): void {
    this.#held -= length + FRAME_OVERHEAD_BYTES
    this.#backlog.remove(length + FRAME_OVERHEAD_BYTES)
  }
}

function notBytes(value: unknown): PeersocketsError {
  const found = value instanceof Uint8Array ? 'a Uint8Array' : value === null ? 'null' : typeof value
  return new PeersocketsError(
    'ERR_MIDDLEWARE_FAILED',
    `A layer must return a Buffer or a promise of one, but it returned ${found}. Mend the middleware.`
  )
}
