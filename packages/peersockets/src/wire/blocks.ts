import { FULL_BYTES } from './bounds.js'

/** Below, `Buffer.allocUnsafe` takes a piece of its pool, which costs less. */
const LEAST_BYTES = 1024
/** Has room for most of what is said in a tick, and not for much more, because thousands of peers may be spoken to in one. */
const SMALL_BYTES = 9 * 1024
/** Room for a full batch, and for what middleware and the wire put around it. */
const BLOCK_BYTES = FULL_BYTES + 1024
/** Blocks of each size that are kept, little more than a megabyte: as many as are in use at a time in one tick, with few peers. */
const MAX_FREE = 16

const small: ArrayBufferLike[] = []
const large: ArrayBufferLike[] = []

/** Where each block goes back to. Not told by its size: an app decides how large the pool of `Buffer.allocUnsafe` is. */
const home = new WeakMap<ArrayBufferLike, ArrayBufferLike[]>()

/**
 * At least `length` bytes for what is on its way out. To allocate 64 KiB anew costs more than to sign them: pages that were
 * never touched, and a garbage collector that has them to count. So what is not needed any more is given back.
 */
export function takeBytes(length: number): Buffer {
  if (length < LEAST_BYTES || length > BLOCK_BYTES) return Buffer.allocUnsafe(length)
  const [free, size] = length > SMALL_BYTES ? [large, BLOCK_BYTES] : [small, SMALL_BYTES]
  const block = free.pop() ?? new ArrayBuffer(size)
  home.set(block, free)
  return Buffer.from(block)
}

/** Gives back bytes of `takeBytes`, or a view of them, that nobody reads any more. */
export function giveBack({ buffer }: Buffer): void {
  const free = home.get(buffer)
  if (free !== undefined && free.length < MAX_FREE) free.push(buffer)
}
