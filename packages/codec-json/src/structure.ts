const QUOTE = 0x22
const COLON = 0x3a
const BACKSLASH = 0x5c
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/**
 * The number of object members that the JSON text in `bytes` spells out: its colons outside strings. Throws when it
 * nests too deep. Runs before the parser, without recursion and in one pass, because `bytes` may be hostile; whether
 * they are JSON at all is the parser's question.
 */
export function countMembers(bytes: Uint8Array, maxDepth: number): number {
  let members = 0
  let depth = 0
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case QUOTE:
        at = endOfString(bytes, at)
        break
      case COLON:
        members++
        break
      case OPEN_ARRAY:
      case OPEN_OBJECT:
        if (++depth > maxDepth) throw new RangeError(`byte ${at}: nested deeper than ${maxDepth} (maxDepth)`)
        break
      case CLOSE_ARRAY:
      case CLOSE_OBJECT:
        depth--
    }
  }
  return members
}

/** The position of the quote that ends the string opened at `start`, or the end of `bytes`. */
function endOfString(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) return at
    if (byte === BACKSLASH) at++
  }
  return bytes.length
}
