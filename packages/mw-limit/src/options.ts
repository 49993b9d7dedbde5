import { PeersocketsError } from 'peersockets'
import type { Peer } from 'peersockets/plugin'

/** What `limit` is to allow each peer, counted in messages or in frames. */
export type LimitOptions = MessageLimits | FrameLimits

/** What limits of messages and limits of frames have in common. */
export interface CommonLimits {
  /** Bytes that a peer may send in a second, above 0. */
  readonly bytesPerSecond?: number
  /** How much a peer may send at once after a pause, in seconds of its rates, above 0. Default 1. */
  readonly burst?: number
  /** Called for each message or frame that is rejected. What it throws is printed, once for each `limit()`, and goes no further. */
  readonly onexceeded?: (excess: Excess) => void
  /** A clock in milliseconds, from any beginning. Default: `performance.now`. */
  readonly now?: () => number
}

/** Counts messages, however many of them a frame has. `bytesPerSecond` is then about their bytes as the codec writes them. */
export interface MessageLimits extends CommonLimits {
  /** Messages that a peer may send in a second, above 0. */
  readonly messagesPerSecond?: number
  /** Most bytes that a message may have. Where there is a rate of bytes, at most what a burst has, which is the default. */
  readonly maxMessageBytes?: number
  readonly framesPerSecond?: never
  readonly maxFrameBytes?: never
}

/** Counts frames: messages, or batches of up to 1,024. `bytesPerSecond` is then about frames as they are at this place. */
export interface FrameLimits extends CommonLimits {
  /** Frames that a peer may send in a second, above 0. */
  readonly framesPerSecond?: number
  /** Most bytes that a frame may have. Where there is a rate of bytes, at most what a burst has, which is the default. */
  readonly maxFrameBytes?: number
  readonly messagesPerSecond?: never
  readonly maxMessageBytes?: never
}

/** What was rejected, and whose it was. */
export interface Excess {
  readonly peer: Peer
  /** The full name of the topic. */
  readonly topic: string
  /** What it was too much of: the messages or frames of the peer, their bytes, or the bytes of this one. */
  readonly kind: 'messages' | 'frames' | 'bytes' | 'size'
}

/** What is counted. */
export type Unit = 'messages' | 'frames'

/** The options with what is left out: no rate is an infinite one. */
export interface Limits {
  readonly unit: Unit
  readonly perSecond: number
  readonly bytesPerSecond: number
  readonly burst: number
  /** Most bytes of one message or frame. */
  readonly maxBytes: number
  readonly onexceeded: ((excess: Excess) => unknown) | undefined
  readonly now: () => number
}

/** How the options of each unit are called. */
const NAMES = {
  messages: { one: 'message', perSecond: 'messagesPerSecond', maxBytes: 'maxMessageBytes' },
  frames: { one: 'frame', perSecond: 'framesPerSecond', maxBytes: 'maxFrameBytes' }
} as const

const LIMITS = ['messagesPerSecond', 'framesPerSecond', 'bytesPerSecond', 'maxMessageBytes', 'maxFrameBytes']
const KNOWN_OPTIONS = [...LIMITS, 'burst', 'onexceeded', 'now']

/** The options, checked. Throws `ERR_INVALID_ARGUMENT`. */
export function readOptions(options: LimitOptions): Limits {
  if (typeof options !== 'object' || options === null) {
    throw invalid('it takes an object, such as limit({ messagesPerSecond: 50 })')
  }
  const unknown = Object.keys(options).find(name => !KNOWN_OPTIONS.includes(name))
  if (unknown !== undefined) {
    throw invalid(`there is no option ${JSON.stringify(unknown)}, only ${KNOWN_OPTIONS.join(', ')}`)
  }
  if (!LIMITS.some(name => name in options))
    throw invalid(`it limits nothing without one of ${LIMITS.join(', ')}`)
  const unit = unitOf(options)
  const names = NAMES[unit]
  const burst = readAmount(options, 'burst', 1)
  const perSecond = readAmount(options, names.perSecond, Number.POSITIVE_INFINITY)
  const bytesPerSecond = readAmount(options, 'bytesPerSecond', Number.POSITIVE_INFINITY)
  const burstBytes = Math.floor(bytesPerSecond * burst)
  if (perSecond * burst < 1 || burstBytes < 1) {
    throw invalid(
      `a rate times burst is below 1, so that no ${names.one} would ever pass; give it a longer burst`
    )
  }
  const maxBytes = readAmount(options, names.maxBytes, burstBytes)
  if (maxBytes > burstBytes) {
    throw invalid(
      `a ${names.one} of ${names.maxBytes} would never pass: bytesPerSecond times burst is ${burstBytes}`
    )
  }
  const { onexceeded, now = () => performance.now() } = options
  if (onexceeded !== undefined && typeof onexceeded !== 'function') throw invalid('onexceeded is a function')
  if (typeof now !== 'function') throw invalid('now is a function that gives milliseconds')
  return { unit, perSecond, bytesPerSecond, burst, maxBytes, onexceeded, now }
}

/** A rate of bytes alone is one of messages: it means the same on any topic, however frames are made. */
function unitOf(options: LimitOptions): Unit {
  const given = (unit: Unit) => NAMES[unit].perSecond in options || NAMES[unit].maxBytes in options
  if (given('messages') && given('frames')) {
    throw invalid(
      'it counts messages or frames, not both: put two limit() into the middleware, one with messagesPerSecond or ' +
        'maxMessageBytes, and one with framesPerSecond or maxFrameBytes'
    )
  }
  return given('frames') ? 'frames' : 'messages'
}

type Amount = (typeof NAMES)[Unit]['perSecond' | 'maxBytes'] | 'bytesPerSecond' | 'burst'

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
