/**
 * A signed frame:
 *
 * | offset | bytes      | what                                                             |
 * | ------ | ---------- | ---------------------------------------------------------------- |
 * | 0      | 6          | counter, unsigned, big-endian; the first frame has 1             |
 * | 6      | n          | body                                                             |
 * | 6 + n  | `tagBytes` | first bytes of HMAC-SHA256(key, everything before the tag)       |
 */

/** Half of the hash, as RFC 4868 has it. */
export const MIN_TAG_BYTES = 16

/** The whole hash. */
export const MAX_TAG_BYTES = 32
