import type { Random } from '../random.js'
import { framesOf, KIND, type PlainFrame } from './dissect.js'
import type { KnownPlaintext, Lane, PlainMessage } from './known-plaintext.js'
import type { Harm } from './ledger.js'

/** What somebody on the path does who knows what is said. */
export interface Forgery {
  readonly name: string
  /** What it does where nothing is signed: a harm, or only that messages do not arrive. */
  readonly bite: Harm | 'silence'
  /** Whose topics have the bite. */
  readonly wires: readonly PlainFrame['wire'][]
  /** What goes in the place of a message; undefined where it passes as it is. */
  forge(message: PlainMessage, forger: Forger): Buffer | undefined
}

/** Rewrites messages on the path, in one way at a time. */
export class Forger {
  readonly #plaintext: KnownPlaintext
  #forgery: Forgery | undefined
  #history: PlainFrame[] = []
  readonly #pending = new Map<Lane, PlainFrame>()
  #done = 0

  constructor(
    plaintext: KnownPlaintext,
    readonly random: Random,
    /** How many topics each wire has. */
    readonly topics: number
  ) {
    this.#plaintext = plaintext
    plaintext.onmessage = message => this.#onmessage(message)
  }

  /** Turns to another forgery, or to none. Gives how often the one before was done. */
  turnTo(forgery: Forgery | undefined): number {
    const done = this.#done
    this.#forgery = forgery
    this.#history = []
    this.#pending.clear()
    this.#done = 0
    return done
  }

  /** Data of the same length that went the same way before on the same topic, or came from the other side. */
  earlier(frame: PlainFrame, whence: 'here' | 'there'): PlainFrame[] {
    return this.#history.filter(
      other =>
        other.wire === frame.wire &&
        lengthOf(other) === lengthOf(frame) &&
        (whence === 'here'
          ? other.message.lane === frame.message.lane && other.id === frame.id
          : other.message.lane.from === frame.message.lane.to &&
            other.message.lane.to === frame.message.lane.from)
    )
  }

  /**
   * Keeps a frame back until one like it comes by, and puts that in its place. Gives the one that was kept back, to be put
   * in the place of the new one.
   */
  swap(frame: PlainFrame): PlainFrame | undefined {
    const { lane } = frame.message
    const first = this.#pending.get(lane)
    if (first === undefined) {
      this.#pending.set(lane, frame)
      this.#plaintext.hold(lane)
      return undefined
    }
    const alike = first.wire === frame.wire && first.id === frame.id && lengthOf(first) === lengthOf(frame)
    if (first.message === frame.message || !alike) return undefined
    this.#pending.delete(lane)
    this.#plaintext.release(lane)
    return this.#plaintext.rewrite(first.message, replaced(first, first.bodyAt, bodyOf(frame)))
      ? first
      : undefined
  }

  #onmessage(message: PlainMessage): void {
    const forged = this.#forgery?.forge(message, this)
    if (forged !== undefined && this.#plaintext.rewrite(message, forged)) this.#done++
    for (const frame of framesOf(message)) if (frame.kind === KIND.data) this.#history.push(frame)
  }
}

/** The message of a frame with other bytes from `at` on. */
export function replaced(
  { message }: PlainFrame,
  at: number,
  ...parts: readonly (Buffer | number)[]
): Buffer {
  const forged = Buffer.from(message.bytes)
  Buffer.concat(parts.map(part => (typeof part === 'number' ? Buffer.of(part) : part))).copy(forged, at)
  return forged
}

/** How long the body of a frame is. */
export function lengthOf({ bodyAt, end }: PlainFrame): number {
  return end - bodyAt
}

export function bodyOf({ message, bodyAt, end }: PlainFrame): Buffer {
  return message.bytes.subarray(bodyAt, end)
}
