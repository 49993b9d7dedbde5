import FIFO from 'fast-fifo'
import { located, PeersocketsError, reasonOf } from '../errors.js'
import type { Backlog } from './backlog.js'
import { type FrameSink, NO_VALUES } from './frame-sink.js'
import type { OpenLayer } from './layers.js'

/** What a queue tells the session that it belongs to. None of these may throw. */
export interface QueueEvents {
  /** A frame was dropped where nobody waits for it. */
  ondropped(error: PeersocketsError): void
  /** The queue is empty again, after something had to wait in it. */
  onidle(): void
}

/** A frame that waits for those before it. */
interface Waiting {
  readonly frame: Buffer
  readonly values: readonly unknown[]
}

/** What a waiting frame costs besides its bytes, so that a flood of empty frames is bounded too. */
const FRAME_OVERHEAD_BYTES = 64

/**
 * Frames of one session in one direction, passing through layers in order, one at a time. While every layer returns at once,
 * nothing is queued and nothing is allocated; the first promise makes the frames behind it wait.
 */
export class MiddlewareQueue implements FrameSink {
  readonly #layers: readonly OpenLayer[]
  readonly #direction: 'send' | 'receive'
  readonly #topic: string
  readonly #backlog: Backlog
  readonly #next: FrameSink
  readonly #events: QueueEvents
  #waiting: FIFO<Waiting> | undefined
  /** The values of the frame that a layer takes its time with. */
  #current: readonly unknown[] = NO_VALUES
  #held = 0
  #settled = 0
  #busy = false
  #closed = false

  /** `layers` in the order in which frames pass them. */
  constructor(
    layers: readonly OpenLayer[],
    direction: 'send' | 'receive',
    topic: string,
    backlog: Backlog,
    next: FrameSink,
    events: QueueEvents
  ) {
    this.#layers = layers
    this.#direction = direction
    this.#topic = topic
    this.#backlog = backlog
    this.#next = next
    this.#events = events
  }

  /** Whether the next frame would have to wait. */
  get busy(): boolean {
    return this.#busy
  }

  /** Grows with each promise of a layer that has settled. */
  get settled(): number {
    return this.#settled
  }

  take(frame: Buffer, values: readonly unknown[]): void {
    if (this.#closed) return
    if (!this.#busy) {
      this.#run(frame, values, 0, false)
      return
    }
    this.#hold(frame.length)
    // A copy: on the way out the bytes may be the app's, which goes on to change them; on the way in a small frame
    // would keep the whole chunk alive that the socket read it with.
    this.#waiting ??= new FIFO()
    this.#waiting.push({ frame: Buffer.from(frame), values })
  }

  /** Drops what is in it, and takes nothing more. Gives the values of what it dropped. */
  close(): readonly unknown[] {
    const dropped = this.#busy ? [...this.#current] : []
    this.#closed = true
    this.#busy = false
    const held = this.#held
    this.#held = 0
    for (let next = this.#waiting?.shift(); next !== undefined; next = this.#waiting?.shift())
      dropped.push(...next.values)
    this.#waiting = undefined
    this.#backlog.remove(held)
    return dropped
  }

  /** Whether the frame has left the queue, one way or the other. `late`: the call that brought it has returned. */
  #run(frame: Buffer, values: readonly unknown[], first: number, late: boolean): boolean {
    for (let at = first; at < this.#layers.length; at++) {
      const open = this.#layers[at]
      if (open === undefined) break
      try {
        const { layer } = open
        const result = this.#direction === 'send' ? layer.send(frame) : layer.receive(frame)
        if (Buffer.isBuffer(result)) frame = this.#check(open, frame, result)
        else if (typeof result?.then === 'function') {
          void this.#wait(result, frame, values, at)
          return false
        } else throw notBytes(result)
        // The layer may itself have ended what it was called for.
        if (this.#closed) return true
      } catch (cause) {
        this.#refuse(cause, open.name, values, late)
        return true
      }
    }
    if (!late) {
      this.#next.take(frame, values)
      return true
    }
    try {
      this.#next.take(frame, values)
    } catch (error) {
      if (!PeersocketsError.is(error)) throw error
      this.#events.ondropped(error)
    }
    return true
  }

  async #wait(
    result: PromiseLike<Buffer>,
    given: Buffer,
    values: readonly unknown[],
    at: number
  ): Promise<void> {
    this.#busy = true
    this.#current = values
    this.#hold(given.length)
    const open = this.#layers[at]
    let frame: Buffer | undefined
    let failure: unknown
    try {
      const settled = await result
      if (!Buffer.isBuffer(settled)) throw notBytes(settled)
      frame = open === undefined ? settled : this.#check(open, given, settled)
    } catch (error) {
      failure = error
    }
    if (this.#closed) return
    this.#settled++
    this.#release(given.length)
    let through = true
    if (frame === undefined) this.#refuse(failure, open?.name ?? '', values, true)
    else through = this.#run(frame, values, at + 1, true)
    if (through) this.#resume()
  }

  /** Lets what waited through, until a frame has to wait again. */
  #resume(): void {
    while (!this.#closed) {
      const next = this.#waiting?.shift()
      if (next === undefined) {
        this.#busy = false
        this.#events.onidle()
        return
      }
      this.#release(next.frame.length)
      if (!this.#run(next.frame, next.values, 0, true)) return
    }
  }

  /** A middleware that says that it changes nothing may stand on one side only, so it must not. */
  #check({ wire }: OpenLayer, given: Buffer, result: Buffer): Buffer {
    if (wire || result === given || result.equals(given)) return result
    throw new PeersocketsError(
      'ERR_MIDDLEWARE_FAILED',
      'A layer of a middleware with `wire: false` has changed a frame. Return it as it was, or leave `wire` out.'
    )
  }

  #refuse(cause: unknown, name: string, values: readonly unknown[], late: boolean): void {
    const error = this.#failure(cause, name, values)
    if (this.#direction === 'send' && !late) throw error
    this.#events.ondropped(error)
  }

  #failure(cause: unknown, name: string, dropped: readonly unknown[]): PeersocketsError {
    const topic = this.#topic
    if (PeersocketsError.is(cause)) return located(cause, topic, dropped)
    const [code, what] =
      this.#direction === 'send'
        ? (['ERR_MIDDLEWARE_FAILED', `${name} cannot send the message`] as const)
        : (['ERR_MIDDLEWARE_REJECTED', `${name} rejected a frame`] as const)
    return new PeersocketsError(code, `${what}: ${reasonOf(cause)}`, { topic, cause, dropped })
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
    `A layer must return a Buffer or a promise of one, but it returned ${found}. Correct the middleware.`
  )
}
