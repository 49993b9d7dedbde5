import { MAX_VARINT_BYTES, VarintReader, varintLength, writeVarint } from '../varint.js'
import type { BlockPool } from './block-pool.js'
import { FULL_BYTES } from './bounds.js'

/** Where the first sequence of a writer starts to grow, in bytes. */
const INITIAL_BYTES = 128

/**
 * Items one after another, each preceded by its length (SPEC, "Sequences"): the frames of a packet, and the messages of a
 * batch. The bytes of an item are copied when it is appended.
 */
export class SequenceWriter {
  readonly #pool: BlockPool
  /** Bytes that stay free on either side. */
  readonly #margin: number
  #bytes: Buffer | undefined
  #start: number
  #end: number
  #count = 0
  #borrowed = false
  /** How long the last one became, a full one at most: the next is probably as long, and has not to grow to it step by step. */
  #usual = INITIAL_BYTES

  constructor(pool: BlockPool, margin = 0) {
    this.#pool = pool
    this.#margin = margin
    this.#start = margin
    this.#end = margin
  }

  /** Bytes so far. */
  get length(): number {
    return this.#end - this.#start
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
    const at = writeVarint(target, item.length, this.#end)
    target.set(item, at)
    this.#end = at + item.length
    this.#count++
  }

  /** Appends an item in two parts: a number, and the bytes behind it. */
  appendHeaded(header: number, body: Buffer): void {
    const target = this.#reserve(2 * MAX_VARINT_BYTES + body.length)
    let at = writeVarint(target, varintLength(header) + body.length, this.#end)
    at = writeVarint(target, header, at)
    // Not `copy`, which costs more than such few bytes as a tag.
    target.set(body, at)
    this.#end = at + body.length
    this.#count++
  }

  /** Begins with an item that stands in a sequence of its own already, of which a copy is made only if more is appended. */
  borrow(sequence: Buffer): void {
    this.#bytes = sequence
    this.#start = 0
    this.#end = sequence.length
    this.#count = 1
    this.#borrowed = true
  }

  /** The sequence so far, to be given back unless it is {@link borrowed}; the next one starts empty, in other bytes. */
  take(): Buffer {
    const taken = (this.#bytes ?? EMPTY).subarray(this.#start, this.#end)
    if (!this.#borrowed) this.#usual = Math.min(taken.length, FULL_BYTES)
    this.#bytes = undefined
    this.#start = this.#margin
    this.#end = this.#margin
    this.#count = 0
    this.#borrowed = false
    return taken
  }

  #reserve(more: number): Buffer {
    const bytes = this.#bytes
    if (bytes !== undefined && !this.#borrowed && bytes.length >= this.#end + more + this.#margin)
      return bytes
    const { length } = this
    const grown = this.#pool.take(Math.max(this.#usual, length + more, 2 * length) + 2 * this.#margin)
    if (bytes !== undefined) {
      bytes.copy(grown, this.#margin, this.#start, this.#end)
      if (!this.#borrowed) this.#pool.giveBack(bytes)
    }
    this.#bytes = grown
    this.#start = this.#margin
    this.#end = this.#margin + length
    this.#borrowed = false
    return grown
  }
}

const EMPTY = Buffer.alloc(0)

/**
 * The items of a sequence; undefined when it is none, has more than `maxItems`, or is too long for several. They are views, with
 * `own` only of as much as they need.
 */
export function readSequence(
  bytes: Buffer,
  maxItems = Number.POSITIVE_INFINITY,
  own = false
): Buffer[] | undefined {
  const most = bytes.length > FULL_BYTES ? 1 : maxItems
  const items: Buffer[] = []
  const reader = new VarintReader(bytes)
  while (!reader.done) {
    const length = reader.read()
    const item = length === undefined ? undefined : reader.take(length, own)
    if (item === undefined || items.length >= most) return undefined
    items.push(item)
  }
  return items
}
