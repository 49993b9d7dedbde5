import { MAX_VARINT_BYTES, VarintReader, varintLength, writeVarint } from '../varint.js'
import { giveBack, takeBytes } from './blocks.js'
import { FULL_BYTES } from './bounds.js'

/** Where a sequence starts to grow, in bytes. */
const INITIAL_BYTES = 256

/**
 * Items one after another, each preceded by its length (SPEC, "Sequences"): the frames of a packet, and the messages of a
 * batch. The bytes of an item are copied when it is appended.
 */
export class SequenceWriter {
  #bytes: Buffer | undefined
  #length = 0
  #count = 0
  #borrowed = false

  /** Bytes so far. */
  get length(): number {
    return this.#length
  }

  /** Items so far. */
  get count(): number {
    return this.#count
  }

  /** Whether the bytes so far are not its own. */
  get borrowed(): boolean {
    return this.#borrowed
  }

  /** What an item of `length` bytes adds. */
  static cost(length: number): number {
    return varintLength(length) + length
  }

  append(item: Buffer): void {
    const target = this.#reserve(MAX_VARINT_BYTES + item.length)
    const start = writeVarint(target, item.length, this.#length)
    this.#length = start + item.copy(target, start)
    this.#count++
  }

  /** Appends an item in two parts: a number, and the bytes behind it. */
  appendHeaded(header: number, body: Buffer): void {
    const target = this.#reserve(2 * MAX_VARINT_BYTES + body.length)
    let at = writeVarint(target, varintLength(header) + body.length, this.#length)
    at = writeVarint(target, header, at)
    // Not `copy`, which costs more than such few bytes as a tag.
    target.set(body, at)
    this.#length = at + body.length
    this.#count++
  }

  /** Begins with an item that stands in a sequence of its own already, of which a copy is made only if more is appended. */
  borrow(sequence: Buffer): void {
    this.#bytes = sequence
    this.#length = sequence.length
    this.#count = 1
    this.#borrowed = true
  }

  /** The sequence so far, to be given back unless it is {@link borrowed}; the next one starts empty, in other bytes. */
  take(): Buffer {
    const taken = (this.#bytes ?? EMPTY).subarray(0, this.#length)
    this.#bytes = undefined
    this.#length = 0
    this.#count = 0
    this.#borrowed = false
    return taken
  }

  #reserve(more: number): Buffer {
    const needed = this.#length + more
    if (this.#bytes !== undefined && this.#bytes.length >= needed) return this.#bytes
    const grown = takeBytes(Math.max(INITIAL_BYTES, needed, 2 * this.#length))
    if (this.#bytes !== undefined) {
      this.#bytes.copy(grown, 0, 0, this.#length)
      if (!this.#borrowed) giveBack(this.#bytes)
    }
    this.#borrowed = false
    this.#bytes = grown
    return grown
  }
}

const EMPTY = Buffer.alloc(0)

/** The items of a sequence, as views; undefined when it is none, has more than `maxItems`, or is too long for several. */
export function readSequence(bytes: Buffer, maxItems = Number.POSITIVE_INFINITY): Buffer[] | undefined {
  const most = bytes.length > FULL_BYTES ? 1 : maxItems
  const items: Buffer[] = []
  const reader = new VarintReader(bytes)
  while (!reader.done) {
    const length = reader.read()
    const item = length === undefined ? undefined : reader.take(length)
    if (item === undefined || items.length >= most) return undefined
    items.push(item)
  }
  return items
}
