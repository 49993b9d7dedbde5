import { ownBytes } from './own-bytes.js'

/**
 * Unsigned LEB128 (SPEC, "Numbers"): seven bits a byte, the lowest first, at most five bytes, and never longer than need
 * be, so that every number has one form.
 */

/** The largest number on the wire. */
export const MAX_VARINT = 0xffff_ffff
/** The longest form, in bytes. */
export const MAX_VARINT_BYTES = 5

export function varintLength(value: number): number {
  if (value < 0x80) return 1
  if (value < 0x4000) return 2
  if (value < 0x20_0000) return 3
  return value < 0x1000_0000 ? 4 : 5
}

/** Writes `value` at `offset`, and gives the offset behind it. */
export function writeVarint(target: Buffer, value: number, offset: number): number {
  let rest = value
  let at = offset
  while (rest >= 0x80) {
    target[at++] = (rest & 0x7f) | 0x80
    rest = Math.floor(rest / 0x80)
  }
  target[at++] = rest
  return at
}

/** Reads one number after another from bytes that may be anything. */
export class VarintReader {
  offset = 0

  constructor(readonly bytes: Buffer) {}

  get done(): boolean {
    return this.offset >= this.bytes.length
  }

  /** Undefined when what follows is no number: cut off, too long, or too large. */
  read(): number | undefined {
    let value = 0
    let factor = 1
    for (let length = 1; length <= MAX_VARINT_BYTES; length++) {
      const byte = this.bytes[this.offset++]
      if (byte === undefined) return undefined
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return (byte === 0 && length > 1) || value > MAX_VARINT ? undefined : value
      factor *= 0x80
    }
    return undefined
  }

  /** The next `length` bytes, as a view, or with `own` as {@link ownBytes}; undefined when there are not so many. */
  take(length: number, own = false): Buffer | undefined {
    const start = this.offset
    const end = start + length
    if (end > this.bytes.length) return undefined
    this.offset = end
    return own ? ownBytes(this.bytes, start, end) : this.bytes.subarray(start, end)
  }

  /** All that is left, as a view. */
  rest(): Buffer {
    const view = this.bytes.subarray(this.offset)
    this.offset = this.bytes.length
    return view
  }
}
