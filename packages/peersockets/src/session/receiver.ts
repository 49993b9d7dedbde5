import type { Limits } from '../limits.js'
import { ownBytes } from '../own-bytes.js'
import type { Backlog } from '../pipeline/backlog.js'
import { type FrameSink, NO_VALUES } from '../pipeline/frame-sink.js'
import type { Layers, OpenLayer } from '../pipeline/layers.js'
import { MiddlewareQueue, type QueueEvents } from '../pipeline/middleware-queue.js'
import type { FrameReceiver } from '../wire/session-channel.js'
import { BatchReader } from './batch-reader.js'
import { receiverCongested } from './send-errors.js'

/** The way in of one session: frame layers, batch, message layers, and what delivers the message. */
export class Receiver implements FrameReceiver {
  readonly #topic: string
  readonly #limits: Limits
  readonly #backlog: Backlog
  readonly #events: QueueEvents
  readonly #queues: readonly MiddlewareQueue[]
  readonly #batches: BatchReader | undefined
  readonly #first: FrameSink
  #closed = false

  constructor(
    topic: string,
    batching: boolean,
    raw: boolean,
    layers: Layers | undefined,
    backlog: Backlog,
    limits: Limits,
    deliver: (message: Buffer) => void,
    events: QueueEvents
  ) {
    this.#topic = topic
    this.#limits = limits
    this.#backlog = backlog
    this.#events = events
    const queueOf = (list: readonly OpenLayer[] = [], next: FrameSink): MiddlewareQueue | undefined =>
      list.length === 0
        ? undefined
        : new MiddlewareQueue(list.toReversed(), 'receive', topic, backlog, next, events)
    // What comes straight from a batch may have bytes of its own already, for less.
    const isStraight = batching && (layers?.messages ?? []).length === 0
    const last: FrameSink = {
      take: raw && !isStraight ? message => deliver(ownBytes(message)) : deliver
    }
    const messages = queueOf(layers?.messages, last)
    const afterBatch = messages ?? last
    this.#batches = batching
      ? new BatchReader(topic, raw && isStraight, afterBatch, error => events.ondropped(error))
      : undefined
    const afterFrames = this.#batches ?? afterBatch
    const frames = queueOf(layers?.frames, afterFrames)
    this.#first = frames ?? afterFrames
    this.#queues = [messages, frames].filter(queue => queue !== undefined)
  }

  receive(frame: Buffer): void {
    if (this.#closed) return
    const isWaiting = this.#queues.some(({ busy }) => busy)
    if (isWaiting && this.#backlog.bytes + frame.length > this.#limits.maxQueuedBytes)
      this.#events.ondropped(receiverCongested(this.#topic))
    else this.#first.take(frame, NO_VALUES)
  }

  /** Drops what is under way; nothing is delivered any more. */
  close(): void {
    this.#closed = true
    this.#batches?.close()
    for (const queue of this.#queues) queue.close()
  }
}
