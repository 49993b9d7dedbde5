import type { PeersocketsError } from '../errors.js'
import type { Limits } from '../limits.js'
import type { Backlog } from '../pipeline/backlog.js'
import { type FrameSink, NO_VALUES } from '../pipeline/frame-sink.js'
import type { Layers, OpenLayer } from '../pipeline/layers.js'
import { MiddlewareQueue, type QueueEvents } from '../pipeline/middleware-queue.js'
import { readBatch } from './batch.js'
import { malformedBatch, receiverCongested } from './send-errors.js'

/** The way in of one session: frame layers, batch, message layers, and what delivers the message. */
export class Receiver {
  readonly #topic: string
  readonly #limits: Limits
  readonly #backlog: Backlog
  readonly #events: QueueEvents
  readonly #queues: readonly MiddlewareQueue[]
  readonly #first: FrameSink
  #closed = false

  constructor(
    topic: string,
    batching: boolean,
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
    const last: FrameSink = {
      take: message => {
        if (!this.#closed) deliver(message)
      }
    }
    const messages = queueOf(layers?.messages, last)
    const checked = messages ?? last
    const whole = batching ? this.#unbatching(checked) : checked
    const frames = queueOf(layers?.frames, whole)
    this.#first = frames ?? whole
    this.#queues = [messages, frames].filter(queue => queue !== undefined)
  }

  receive(frame: Buffer): void {
    if (this.#closed) return
    const isWaiting = this.#queues.some(({ busy }) => busy)
    if (isWaiting && this.#backlog.bytes + frame.length > this.#limits.maxQueuedBytes)
      this.#reject(receiverCongested(this.#topic))
    else this.#first.take(frame, NO_VALUES)
  }

  /** Drops what is under way; nothing is delivered any more. */
  close(): void {
    this.#closed = true
    for (const queue of this.#queues) queue.close()
  }

  #reject(error: PeersocketsError): void {
    this.#events.ondropped(error)
  }

  #unbatching(next: FrameSink): FrameSink {
    return {
      take: frame => {
        const messages = readBatch(frame)
        if (messages === undefined) return this.#reject(malformedBatch(this.#topic))
        for (const message of messages) {
          // What is told of a message may end the session.
          if (this.#closed) return
          next.take(message, NO_VALUES)
        }
      }
    }
  }
}
