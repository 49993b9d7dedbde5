import type { Backlog } from '../pipeline/backlog.js'
import type { FrameSink } from '../pipeline/frame-sink.js'
import type { Headroom } from '../pipeline/headroom.js'
import type { Layers, OpenLayer } from '../pipeline/layers.js'
import { MiddlewareQueue, type QueueEvents } from '../pipeline/middleware-queue.js'
import { Outlet } from '../pipeline/outlet.js'
import type { BlockPool } from '../wire/block-pool.js'
import type { SessionChannel } from '../wire/session-channel.js'
import { Batch } from './batch.js'

/** The way out of one session: message layers, batch, frame layers, channel, each of which hands on to the next. */
export class Sender {
  readonly #batch: Batch | undefined
  readonly #messages: MiddlewareQueue | undefined
  readonly #frames: MiddlewareQueue | undefined
  readonly #first: FrameSink

  constructor(
    topic: string,
    batching: boolean,
    layers: Layers | undefined,
    channel: SessionChannel,
    backlog: Backlog,
    pool: BlockPool,
    headroom: Headroom | undefined,
    events: QueueEvents
  ) {
    const queueOf = (list: readonly OpenLayer[] = [], next: FrameSink): MiddlewareQueue | undefined =>
      list.length === 0 ? undefined : new MiddlewareQueue(list, 'send', topic, backlog, next, events)
    const outlet = new Outlet(topic, channel)
    const frames = queueOf(layers?.frames, outlet)
    this.#batch = batching ? new Batch(topic, backlog, frames ?? outlet, events, pool, headroom) : undefined
    const afterMessages = this.#batch ?? frames ?? outlet
    const messages = queueOf(layers?.messages, afterMessages)
    this.#first = messages ?? afterMessages
    this.#messages = messages
    this.#frames = frames
  }

  /** Whether nothing is left to send. */
  get idle(): boolean {
    return (this.#batch?.empty ?? true) && !this.#messages?.busy && !this.#frames?.busy
  }

  /** Grows with everything that asynchronous middleware has got through. */
  get progress(): number {
    return (this.#messages?.settled ?? 0) + (this.#frames?.settled ?? 0)
  }

  /**
   * Sends a message, or puts it where it waits. `frame` is that of a batch of it alone, if it is known. Throws a
   * `PeersocketsError` if it cannot go, as far as that is known by now.
   */
  enqueue(message: Buffer, value: unknown, frame: Buffer | undefined): void {
    if (this.#first === this.#batch) this.#batch.add(message, value, frame)
    else this.#first.take(message, [value])
  }

  flush(): void {
    this.#batch?.flush()
  }

  /** Sends nothing more. Gives the values of what it drops, the oldest first. */
  close(): readonly unknown[] {
    return [this.#frames?.close(), this.#batch?.clear(), this.#messages?.close()].flatMap(
      values => values ?? []
    )
  }
}
