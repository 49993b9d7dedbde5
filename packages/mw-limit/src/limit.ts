import { PeersocketsError } from 'peersockets'
import type { Middleware, Peer } from 'peersockets/plugin'

/** What `limit` is to allow each peer. */
export interface LimitOptions {
  /** Frames that a peer may send in a second, above 0. A frame is a message, or a batch of up to 1,024. */
  readonly framesPerSecond?: number
  /** Bytes that a peer may send in a second, above 0: those of whole frames, at the place of `limit()` in the pipeline. */
  readonly bytesPerSecond?: number
  /** How much a peer may send at once after a pause, in seconds of its rates, above 0. Default 1. */
  readonly burst?: number
  /** Most bytes that a frame may have. Where there is a rate of bytes, at most what a burst has, which is the default. */
  readonly maxFrameBytes?: number
  /** Called for every frame that is rejected. What it throws is printed, once for each `limit()`, and goes no further. */
  readonly onviolation?: (violation: Violation) => void
  /** A clock in milliseconds, from any beginning. Default: `performance.now`. */
  readonly now?: () => number
}

/** A frame that was rejected, and whose it was. */
export interface Violation {
  readonly peer: Peer
  /** The full name of the topic. */
  readonly topic: string
  /** What it was too much of: the frames of the peer, their bytes, or the bytes of this one. */
  readonly kind: 'frames' | 'bytes' | 'size'
}

const KNOWN_OPTIONS = ['framesPerSecond', 'bytesPerSecond', 'burst', 'maxFrameBytes', 'onviolation', 'now']

/**
 * Rejects what a peer sends beyond a rate or a size. Put it last: it is the first to see what comes in, and what it rejects
 * costs no signature check, no decryption and no inflation. What we send passes.
 *
 * One `limit()` counts together what a peer sends on all topics that share it; topics with a `limit()` each are counted
 * each. A peer is a connection: after a reconnect it begins with a whole burst.
 *
 * @example
 * ```ts
 * import { defineTopic } from 'peersockets'
 * import { hmac } from '@peersockets/mw-hmac'
 * import { limit } from '@peersockets/mw-limit'
 *
 * const calm = limit({ framesPerSecond: 50, bytesPerSecond: 256 * 1024, burst: 2 })
 * const chat = defineTopic({ name: 'chat', middleware: [hmac(), calm] })
 * ```
 *
 * Throws `ERR_INVALID_ARGUMENT`. A frame beyond a limit is rejected with `ERR_LIMIT_EXCEEDED`.
 */
export function limit(options: LimitOptions): Middleware {
  const limits = readOptions(options)
  const report = reporterOf(limits)
  const budgets = new WeakMap<Peer, Budget>()

  function budgetOf(peer: Peer): Budget {
    const budget = budgets.get(peer) ?? openBudget(limits)
    budgets.set(peer, budget)
    return budget
  }

  return {
    name: 'limit',
    contract: 1,
    open({ peer, topic }) {
      const budget = budgetOf(peer)
      return {
        send: frame => frame,
        receive(frame) {
          const kind = charge(budget, frame.length, limits)
          if (kind === undefined) return frame
          report({ peer, topic, kind })
          throw new PeersocketsError('ERR_LIMIT_EXCEEDED', `A frame was dropped: ${reasonOf(kind, limits)}.`)
        }
      }
    }
  }
}

/** The options with what is left out: no rate is an infinite one. */
interface Limits {
  readonly framesPerSecond: number
  readonly bytesPerSecond: number
  readonly burst: number
  readonly maxFrameBytes: number
  readonly onviolation: ((violation: Violation) => unknown) | undefined
  readonly now: () => number
}

/** What a peer may still send. */
interface Budget {
  readonly frames: Bucket
  readonly bytes: Bucket
}

function openBudget({ framesPerSecond, bytesPerSecond, burst, now }: Limits): Budget {
  const at = now()
  return { frames: new Bucket(framesPerSecond, burst, at), bytes: new Bucket(bytesPerSecond, burst, at) }
}

/** Takes a frame from the budget, or says what it is too much of. What is rejected is not taken. */
function charge({ frames, bytes }: Budget, length: number, limits: Limits): Violation['kind'] | undefined {
  if (length > limits.maxFrameBytes) return 'size'
  const at = limits.now()
  if (!frames.has(1, at)) return 'frames'
  if (!bytes.has(length, at)) return 'bytes'
  frames.take(1)
  bytes.take(length)
  return undefined
}

/**
 * A token bucket. It counts in thousandths of a token, so that whole rates and whole milliseconds add up without rounding.
 */
class Bucket {
  readonly #rate: number
  readonly #capacity: number
  #level: number
  #at: number

  /** Full at the time `at`, in milliseconds. */
  constructor(rate: number, burst: number, at: number) {
    this.#rate = rate
    this.#capacity = rate * burst * 1000
    this.#level = this.#capacity
    this.#at = at
  }

  has(tokens: number, at: number): boolean {
    const elapsed = at - this.#at
    // A clock that is set back must give nothing, and one that stops being a number neither.
    if (elapsed > 0) this.#level = Math.min(this.#capacity, this.#level + elapsed * this.#rate)
    this.#at = at
    return this.#level >= tokens * 1000
  }

  take(tokens: number): void {
    this.#level -= tokens * 1000
  }
}

function reasonOf(kind: Violation['kind'], limits: Limits): string {
  switch (kind) {
    case 'size':
      return `it has more than ${limits.maxFrameBytes} bytes, which is the most that limit() lets through`
    case 'frames':
      return `the peer sends more than the ${limits.framesPerSecond} frames a second that limit() lets through`
    case 'bytes':
      return `the peer sends more than the ${limits.bytesPerSecond} bytes a second that limit() lets through`
  }
}

/** Calls `onviolation`, below which stands the network's stack. It is printed once, because a peer decides how often it fails. */
function reporterOf({ onviolation }: Limits): (violation: Violation) => void {
  if (onviolation === undefined) return () => undefined
  let printed = false
  const print = (cause: unknown) => {
    if (!printed) console.error('onviolation of limit() failed.', cause)
    printed = true
  }
  return violation => {
    try {
      Promise.resolve(onviolation(violation)).catch(print)
    } catch (cause) {
      print(cause)
    }
  }
}

function readOptions(options: LimitOptions): Limits {
  if (typeof options !== 'object' || options === null) {
    throw invalid('it takes an object, such as limit({ framesPerSecond: 50 })')
  }
  const unknown = Object.keys(options).find(name => !KNOWN_OPTIONS.includes(name))
  if (unknown !== undefined) {
    throw invalid(`there is no option ${JSON.stringify(unknown)}, only ${KNOWN_OPTIONS.join(', ')}`)
  }
  if (!('framesPerSecond' in options || 'bytesPerSecond' in options || 'maxFrameBytes' in options)) {
    throw invalid('it limits nothing without one of framesPerSecond, bytesPerSecond and maxFrameBytes')
  }
  const burst = readAmount(options, 'burst', 1)
  const framesPerSecond = readAmount(options, 'framesPerSecond', Number.POSITIVE_INFINITY)
  const bytesPerSecond = readAmount(options, 'bytesPerSecond', Number.POSITIVE_INFINITY)
  const burstBytes = Math.floor(bytesPerSecond * burst)
  if (framesPerSecond * burst < 1 || burstBytes < 1) {
    throw invalid('a rate times burst is below 1, so that no frame would ever pass; give it a longer burst')
  }
  const maxFrameBytes = readAmount(options, 'maxFrameBytes', burstBytes)
  if (maxFrameBytes > burstBytes) {
    throw invalid(`a frame of maxFrameBytes would never pass: bytesPerSecond times burst is ${burstBytes}`)
  }
  const { onviolation, now = () => performance.now() } = options
  if (onviolation !== undefined && typeof onviolation !== 'function')
    throw invalid('onviolation is a function')
  if (typeof now !== 'function') throw invalid('now is a function that gives milliseconds')
  return { framesPerSecond, bytesPerSecond, burst, maxFrameBytes, onviolation, now }
}

type Amount = 'framesPerSecond' | 'bytesPerSecond' | 'burst' | 'maxFrameBytes'

/** A limit that could not be read from somewhere must not be none: only what is left out has the fallback. */
function readAmount(options: LimitOptions, name: Amount, fallback: number): number {
  if (!(name in options)) return fallback
  const value = options[name]
  if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return value
  throw invalid(`${name} is a number above 0`)
}

function invalid(reason: string): PeersocketsError {
  return new PeersocketsError('ERR_INVALID_ARGUMENT', `limit(): ${reason}.`)
}
