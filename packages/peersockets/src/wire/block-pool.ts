import { FULL_BYTES } from './bounds.js'

/** Below, `Buffer.allocUnsafe` takes a piece of its own pool, which costs less. */
const LEAST_BYTES = 1024
/** Has space for most of what is said in a tick, and not for much more, because thousands of peers may be spoken to in one. */
const SMALL_BYTES = 9 * 1024
/** Space for a full batch, and for what middleware and the wire put around it. */
const LARGE_BYTES = FULL_BYTES + 1024
/** Blocks of each size that are kept, little more than a megabyte: as many as are in use at a time in one tick, with few peers. */
const MAX_FREE = 16

/**
 * Memory for what is on its way out, used again and again. To allocate 64 KiB anew costs more than to sign them: measured by
 * `npm run bench -- throughput`, streams of 256 B to 64 KiB take the sender 1.3 to 2.5 times the CPU without it.
 */
export class BlockPool {
  readonly #small: ArrayBufferLike[] = []
  readonly #large: ArrayBufferLike[] = []
  /** Where each block goes back to. Not told by its size: an app decides how large the pool of `Buffer.allocUnsafe` is. */
  readonly #home = new WeakMap<ArrayBufferLike, ArrayBufferLike[]>()

  /** At least `length` bytes, of undefined content. */
  take(length: number): Buffer {
    if (length < LEAST_BYTES || length > LARGE_BYTES) return Buffer.allocUnsafe(length)
    const [free, size] = length > SMALL_BYTES ? [this.#large, LARGE_BYTES] : [this.#small, SMALL_BYTES]
    const block = free.pop() ?? Buffer.allocUnsafeSlow(size).buffer
    this.#home.set(block, free)
    return Buffer.from(block)
  }

  /** Takes back bytes of `take`, or a view of them, that nobody reads any more. */
  giveBack({ buffer }: Buffer): void {
    const free = this.#home.get(buffer)
    if (free !== undefined && free.length < MAX_FREE) free.push(buffer)
  }
}
