import { randomBytes } from '@noble/hashes/utils.js'
import { VALUE_BYTES } from './bounds.js'

/** Values that are drawn at once: a call for random bytes takes longer than everything else about a match. */
const DRAWN = 128

let drawn = Buffer.alloc(0)

/** {@link VALUE_BYTES} random bytes that nobody else has. */
export function randomValue(): Buffer {
  if (drawn.length === 0) drawn = Buffer.from(randomBytes(DRAWN * VALUE_BYTES))
  const value = drawn.subarray(0, VALUE_BYTES)
  drawn = drawn.subarray(VALUE_BYTES)
  return value
}
