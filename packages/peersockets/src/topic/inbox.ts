import FIFO from 'fast-fifo'
import type { Peer } from '../plugin.js'

/** One message as the async iterator of a handle gives it. */
export interface Received<Out> {
  readonly message: Out
  readonly peer: Peer
}

/** What a message in an inbox costs besides its bytes on the wire. */
const MESSAGE_OVERHEAD_BYTES = 256

/** The messages that a `for await` loop has not taken yet: bounded, because a peer may send faster than it reads. */
export class Inbox<Out> implements AsyncIterator<Received<Out>, undefined> {
  readonly #maxBytes: number
  readonly #onclose: () => void
  #messages = new FIFO<{ readonly received: Received<Out>; readonly cost: number }>()
  readonly #takers = new FIFO<(result: IteratorResult<Received<Out>, undefined>) => void>()
  #bytes = 0
  #closed = false

  constructor(maxBytes: number, onclose: () => void) {
    this.#maxBytes = maxBytes
    this.#onclose = onclose
  }

  /** Whether there was room; `length` is the message's size on the wire, in bytes. */
  push(received: Received<Out>, length: number): boolean {
    if (this.#closed) return true
    const taker = this.#takers.shift()
    if (taker !== undefined) {
      taker({ done: false, value: received })
      return true
    }
    const cost = length + MESSAGE_OVERHEAD_BYTES
    if (this.#bytes > 0 && this.#bytes + cost > this.#maxBytes) return false
    this.#messages.push({ received, cost })
    this.#bytes += cost
    return true
  }

  /** Messages that came before the end are still given. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    for (let taker = this.#takers.shift(); taker !== undefined; taker = this.#takers.shift()) {
      taker({ done: true, value: undefined })
    }
  }

  next(): Promise<IteratorResult<Received<Out>, undefined>> {
    const first = this.#messages.shift()
    if (first !== undefined) {
      this.#bytes -= first.cost
      return Promise.resolve({ done: false, value: first.received })
    }
    if (this.#closed) return Promise.resolve({ done: true, value: undefined })
    return new Promise(resolve => this.#takers.push(resolve))
  }

  return(): Promise<IteratorResult<Received<Out>, undefined>> {
    this.close()
    this.#messages = new FIFO()
    this.#onclose()
    return Promise.resolve({ done: true, value: undefined })
  }
}
