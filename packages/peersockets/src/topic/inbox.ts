import FIFO from 'fast-fifo'
import type { Peer } from '../plugin.js'

/** One message as the async iterator of a handle gives it. */
export interface Received<Message, P extends Peer = Peer> {
  readonly message: Message
  readonly peer: P
}

/** What a message in an inbox costs besides its bytes on the wire. */
const MESSAGE_OVERHEAD_BYTES = 256

/** The messages that a `for await` loop has not taken yet: bounded, because a peer may send faster than it reads. */
export class Inbox<Message, P extends Peer> implements AsyncIterator<Received<Message, P>, undefined> {
  readonly #maxBytes: number
  readonly #onleave: (left: readonly Received<Message, P>[]) => void
  readonly #messages = new FIFO<{ readonly received: Received<Message, P>; readonly cost: number }>()
  readonly #takers = new FIFO<(result: IteratorResult<Received<Message, P>, undefined>) => void>()
  #bytes = 0
  #closed = false

  /** `onleave` hears that the loop was left, and of the messages that it had not taken. */
  constructor(maxBytes: number, onleave: (left: readonly Received<Message, P>[]) => void) {
    this.#maxBytes = maxBytes
    this.#onleave = onleave
  }

  /** Whether there was room; `length` is the message's size on the wire, in bytes. */
  push(received: Received<Message, P>, length: number): boolean {
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

  next(): Promise<IteratorResult<Received<Message, P>, undefined>> {
    const first = this.#messages.shift()
    if (first !== undefined) {
      this.#bytes -= first.cost
      return Promise.resolve({ done: false, value: first.received })
    }
    if (this.#closed) return Promise.resolve({ done: true, value: undefined })
    return new Promise(resolve => this.#takers.push(resolve))
  }

  return(): Promise<IteratorResult<Received<Message, P>, undefined>> {
    this.close()
    const left: Received<Message, P>[] = []
    for (let next = this.#messages.shift(); next !== undefined; next = this.#messages.shift())
      left.push(next.received)
    this.#bytes = 0
    this.#onleave(left)
    return Promise.resolve({ done: true, value: undefined })
  }
}
