import { refuse } from './errors.js'

/** What one peer may cost, in bytes. */
export interface Limits {
  readonly maxMessageBytes: number
  readonly highWaterMark: number
  readonly maxQueuedBytes: number
}

const DEFAULT_HIGH_WATER_MARK = 64 * 1024
const DEFAULT_MAX_QUEUED_BYTES = 16 * 1024 * 1024

/** Throws `ERR_INVALID_ARGUMENT` for limits that are no positive numbers of bytes, or that contradict each other. */
export function limitsOf(options: Partial<Limits>): Limits {
  const maxMessageBytes = positive('maxMessageBytes', options.maxMessageBytes ?? Number.POSITIVE_INFINITY)
  const maxQueuedBytes = positive('maxQueuedBytes', options.maxQueuedBytes ?? DEFAULT_MAX_QUEUED_BYTES)
  const usual = Math.min(DEFAULT_HIGH_WATER_MARK, maxQueuedBytes)
  const highWaterMark = positive('highWaterMark', options.highWaterMark ?? usual)
  if (highWaterMark > maxQueuedBytes)
    refuse(
      `highWaterMark is ${highWaterMark}, and maxQueuedBytes ${maxQueuedBytes}: then send would throw before it had returned false. Make maxQueuedBytes the larger one.`
    )
  return { maxMessageBytes, highWaterMark, maxQueuedBytes }
}

function positive(option: string, value: number): number {
  if (typeof value === 'number' && value > 0) return value
  return refuse(`${option} is a number of bytes above 0, not ${value}.`)
}
