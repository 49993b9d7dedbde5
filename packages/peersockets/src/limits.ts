import { refuse } from './errors.js'

/** What one peer may cost, in bytes. */
export interface Limits {
  readonly maxMessageBytes: number
  readonly highWaterMark: number
  readonly maxQueuedBytes: number
}

const DEFAULT_HIGH_WATER_MARK = 64 * 1024
const DEFAULT_MAX_QUEUED_BYTES = 16 * 1024 * 1024

/** Throws `ERR_INVALID_ARGUMENT` for a limit that is not a positive number of bytes. */
export function limitsOf(options: Partial<Limits>): Limits {
  return {
    maxMessageBytes: positive('maxMessageBytes', options.maxMessageBytes ?? Number.POSITIVE_INFINITY),
    highWaterMark: positive('highWaterMark', options.highWaterMark ?? DEFAULT_HIGH_WATER_MARK),
    maxQueuedBytes: positive('maxQueuedBytes', options.maxQueuedBytes ?? DEFAULT_MAX_QUEUED_BYTES)
  }
}

function positive(option: string, value: number): number {
  if (typeof value === 'number' && value > 0) return value
  return refuse(`${option} is a number of bytes above 0, not ${value}.`)
}
