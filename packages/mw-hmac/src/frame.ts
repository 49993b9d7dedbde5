/**
 * A signed frame:
 *
 * | offset | bytes      | what                                                             |
 * | ------ | ---------- | ---------------------------------------------------------------- |
 * | 0      | 6          | counter, unsigned, big-endian; the first frame has 1             |
 * | 6      | n          | body                                                             |
 * | 6 + n  | `tagBytes` | first bytes of HMAC-SHA256(key, everything before the tag)       |
 */

/** Six bytes: at a million frames a second they last for nine years. */
export const COUNTER_BYTES = 6

export const MAX_COUNTER = 2 ** (8 * COUNTER_BYTES) - 1

/** Half of the hash, as RFC 4868 has it. */
export const MIN_TAG_BYTES = 16

/** The whole hash. */
export const MAX_TAG_BYTES = 32
