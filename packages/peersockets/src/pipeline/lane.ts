import FIFO from 'fast-fifo'
import { PeersocketsError } from '../errors.js'
import type { Backlog } from './backlog.js'
import { withLoans } from './lending.js'

/** One step of a lane. It may take its time: frames behind it wait, so that order is kept. */
export type Stage = (frame: Buffer) => Buffer | Promise<Buffer>

export interface LaneEvents {
  /**
   * A frame has passed every stage. When `late` is false, this is still inside `push`, and what is thrown here reaches
   * its caller; when it is true nothing may be thrown.
   */
  onframe(frame: Buffer, late: boolean): void
  /** Stage number `stage` refused a frame, which is gone; the frames behind it go on. `late` as above. */
  onfailure(error: unknown, stage: number, late: boolean): void
  /** The lane is empty again, after something had to wait in it. Must not throw. */
  onidle(): void
}

/** What a waiting frame costs besides its bytes, so that a flood of empty frames is bounded too. */
const FRAME_OVERHEAD_BYTES = 64

/**
 * Frames of one topic in one direction of one connection, passing through stages in order, one at a time.
 * While every stage returns at once, nothing is queued and nothing is allocated; the first promise makes the frames
 * behind it wait.
 */
export class Lane {
  readonly #stages: readonly Stage[]
  readonly #events: LaneEvents
  readonly #backlog: Backlog
  readonly #out: boolean
  #waiting: FIFO<Buffer> | undefined
  #held = 0
  #settled = 0
  /** One more each time that all in the lane is dropped: what a stage was at then has no place to go any more. */
  #epoch = 0
  #busy = false
  #closed = false

  /** `out`: frames leave the process behind the last stage, and nothing of them is read any more. */
  constructor(stages: readonly Stage[], events: LaneEvents, backlog: Backlog, out: boolean) {
    this.#stages = stages
    this.#out = out
    this.#events = events
    this.#backlog = backlog
  }

  /** Whether the next frame would have to wait. */
  get busy(): boolean {
    return this.#busy
  }

  /** How many promises of stages have settled so far. */
  get settled(): number {
    return this.#settled
  }

  /** Whether nobody reads the frame any more: false if a stage takes its time with it. */
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

  /** Drops what is in it. A stage at work is not stopped, but its result goes nowhere; what comes next waits for it. */
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
    return withLoans(this.#out, () => this.#pass(frame, first, late))
  }

  #pass(frame: Buffer, first: number, late: boolean): boolean {
    const epoch = this.#epoch
    for (let at = first; at < this.#stages.length; at++) {
      const stage = this.#stages[at]
      if (stage === undefined) break
      try {
        const result = stage(frame)
        if (Buffer.isBuffer(result)) frame = result
        else if (typeof result?.then === 'function') {
          this.#wait(result, frame.length, at, epoch)
          return false
        } else throw notBytes(result)
        // The stage may itself have ended what it was called for.
        if (epoch !== this.#epoch) return true
      } catch (error) {
        this.#events.onfailure(error, at, late)
        return true
      }
    }
    this.#events.onframe(frame, late)
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
      if (frame === undefined) this.#events.onfailure(failure, at, true)
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
        this.#events.onidle()
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
