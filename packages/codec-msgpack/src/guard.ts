import type { TextRange } from './byte-order-mark.js'
import { mapsOf } from './packr.js'

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
/** Beyond this, one native call is faster than a loop over the bytes. */
const SHORT_TEXT = 128
/** Up to here, comparing the keys of a map with each other is faster than a Set of them. */
const FEW_KEYS = 16
const NIL = 0xc0
const TIMESTAMP = 0xff
const GREATEST_TIME = 8.64e15
const NOTHING = Buffer.alloc(0)

/**
 * One pass over the bytes of a message, which may be hostile: past it, they are one whole value that msgpackr reads
 * without surprise. Nothing is allocated that a length merely claims, and the recursion ends at `maxDepth`.
 */
export class Guard {
  /** Whether every map is to be an object, and has no key that msgpackr would rename. */
  onlyObjects = true
  /** The strings from which msgpackr would take a byte order mark. */
  readonly marked: TextRange[] = []
  #bytes: Buffer
  readonly #maxDepth: number
  /** Where the keys of the open maps start and end, in turn, those of the innermost map last; and how many numbers count. */
  readonly #keys: number[] = []
  #keysEnd = 0
  #at = 0
  /** Where the UTF-8 of the latest string starts. */
  #textStart = 0

  constructor(bytes: Buffer, maxDepth: number) {
    this.#bytes = bytes
    this.#maxDepth = maxDepth
  }

  /** Throws unless the message is one value. */
  whole(): void {
    this.#value(0)
    const left = this.#bytes.length - this.#at
    if (left > 0) this.#fail(this.#at, `${left} bytes after the end of the value`)
  }

  #value(depth: number): void {
    const start = this.#at
    const form = this.#uint(1)
    if (form < 0x80 || form >= 0xe0) return
    if (form < 0x90) this.#map(start, form & 0x0f, depth)
    else if (form < 0xa0) this.#array(start, form & 0x0f, depth)
    else if (form < 0xc0) this.#text(start, form & 0x1f)
    else if (form === 0xc1) this.#fail(start, 'c1 is no MessagePack')
    else if (form < 0xc4) return
    else if (form < 0xc7) this.#skip(this.#uint(1 << (form - 0xc4)))
    else if (form < 0xca) this.#extension(start, this.#uint(1 << (form - 0xc7)))
    else if (form < 0xcc) this.#skip(4 << (form - 0xca))
    else if (form < 0xd4) this.#skip(1 << (form & 0x03))
    else if (form < 0xd9) this.#extension(start, 1 << (form - 0xd4))
    else if (form < 0xdc) this.#text(start, this.#uint(1 << (form - 0xd9)))
    else if (form < 0xde) this.#array(start, this.#uint(2 << (form - 0xdc)), depth)
    else this.#map(start, this.#uint(2 << (form - 0xde)), depth)
  }

  #array(start: number, count: number, depth: number): void {
    this.#open(start, count, 1, depth)
    for (let index = 0; index < count; index++) this.#value(depth + 1)
  }

  #map(start: number, count: number, depth: number): void {
    this.#open(start, count, 2, depth)
    const firstKey = this.#keysEnd
    let seen: Set<unknown> | undefined
    for (let index = 0; index < count; index++) {
      const at = this.#at
      this.#value(depth + 1)
      const form = this.#bytes[at] ?? NIL
      const isText = (form >= 0xa0 && form < 0xc0) || (form >= 0xd9 && form < 0xdc)
      let repeated = false
      if (form === NIL) {
        // What our own side writes in front of the entries of a Map, and nothing else.
        if (index > 0 || this.#bytes[this.#at] !== NIL) this.#fail(at, 'a map key that is nil')
        this.onlyObjects = false
      } else if (isText && count <= FEW_KEYS) {
        repeated = this.#among(firstKey)
      } else {
        const key = isText ? this.#rawText() : this.#otherKey(at)
        seen ??= new Set()
        repeated = seen.has(key)
        seen.add(key)
      }
      if (repeated) this.#fail(at, 'a map key that was there before')
      this.#value(depth + 1)
    }
    this.#keysEnd = firstKey
  }

  /** Whether the latest string is one of the keys since `firstKey`; it is one of them then. */
  #among(firstKey: number): boolean {
    const bytes = this.#bytes
    const keys = this.#keys
    const start = this.#textStart
    const end = this.#at
    for (let index = firstKey; index < this.#keysEnd; index += 2) {
      const otherStart = keys[index] ?? 0
      const otherEnd = keys[index + 1] ?? 0
      if (otherEnd - otherStart !== end - start) continue
      // The first byte spares most calls; an empty key has none.
      if (start < end && bytes[otherStart] !== bytes[start]) continue
      if (bytes.compare(bytes, start, end, otherStart, otherEnd) === 0) return true
    }
    keys[this.#keysEnd++] = start
    keys[this.#keysEnd++] = end
    return false
  }

  /** The latest string, with one character a byte. */
  #rawText(): string {
    return this.#bytes.toString('latin1', this.#textStart, this.#at)
  }

  /** The key from `at` to here, which is no string. */
  #otherKey(at: number): unknown {
    const key: unknown = mapsOf(this.#bytes.subarray(at, this.#at))
    if (typeof key === 'object') this.#fail(at, 'a map key that is no primitive')
    this.onlyObjects = false
    return key
  }

  /** Enters a container: not too deep, and with bytes enough left for what it claims to hold. */
  #open(start: number, count: number, least: number, depth: number): void {
    if (depth >= this.#maxDepth) {
      this.#bytes = NOTHING
      throw new RangeError(`byte ${start}: nested deeper than ${this.#maxDepth} (maxDepth)`)
    }
    const left = this.#bytes.length - this.#at
    if (count * least > left)
      this.#fail(start, `${count} elements or entries claimed in the last ${left} bytes`)
  }

  #extension(start: number, size: number): void {
    const type = this.#uint(1)
    if (type !== TIMESTAMP)
      this.#fail(start, `extension type ${(type << 24) >> 24}; only timestamps (-1) are taken`)
    if (!this.#isTime(this.#skip(size), size)) this.#fail(start, 'no timestamp that a Date can hold')
  }

  /** Whether the body at `at` is one of the three forms, with nanoseconds that are less than a second. */
  #isTime(at: number, size: number): boolean {
    if (size === 4) return true
    if (size !== 8 && size !== 12) return false
    const first = this.#bytes.readUInt32BE(at)
    if (size === 8) return first < 4e9
    const seconds = this.#bytes.readInt32BE(at + 4) * 2 ** 32 + this.#bytes.readUInt32BE(at + 8)
    return first < 1e9 && Math.abs(seconds * 1000 + first / 1e6) <= GREATEST_TIME
  }

  #text(head: number, size: number): void {
    const start = this.#skip(size)
    const end = this.#at
    this.#textStart = start
    const bytes = this.#bytes
    let at = start
    if (size <= SHORT_TEXT) while (at < end && (bytes[at] ?? 0) < 0x80) at++
    if (at < end) this.#checkUtf8({ head, start, end })
    else if (size === 9 && this.#rawText() === '__proto__') this.onlyObjects = false
  }

  #checkUtf8(range: TextRange): void {
    const { head, start, end } = range
    let text: string
    try {
      text = strictUtf8.decode(this.#bytes.subarray(start, end))
    } catch {
      this.#fail(start, 'a string that is not well-formed UTF-8')
    }
    if (text.startsWith('\ufeff') && mapsOf(this.#bytes.subarray(head, end)) !== text) {
      this.marked.push(range)
    }
  }

  #uint(size: number): number {
    const at = this.#skip(size)
    return size === 1 ? (this.#bytes[at] ?? 0) : this.#bytes.readUIntBE(at, size)
  }

  /** Goes past the next `size` bytes and says where they begin. */
  #skip(size: number): number {
    const start = this.#at
    const missing = size - (this.#bytes.length - start)
    if (missing > 0) this.#fail(start, `the message ends ${missing} bytes too early`)
    this.#at = start + size
    return start
  }

  #fail(at: number, reason: string): never {
    // An error keeps alive what its stack was called on, until somebody looks at its stack.
    this.#bytes = NOTHING
    throw new SyntaxError(`byte ${at}: ${reason}`)
  }
}
