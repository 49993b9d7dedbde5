import { FULL_BYTES } from './bounds.js'

/** Below, `Buffer.allocUnsafe` takes a piece of its pool, which costs less. */
const LEAST_BYTES = 1024
/** Has room for most of what is said in a tick, and not for much more, because thousands of peers may be spoken to in one. */
const SMALL_BYTES = 9 * 1024
/** Room for a full batch, and for what middleware and the wire put around it. */
const BLOCK_BYTES = FULL_BYTES + 1024
/** Blocks of each size that are kept, little more than a megabyte: as many as are in use at a time in one tick, with few peers. */
const MAX_FREE = 16

/** By size, which is also what blocks are known by. */
const free = new Map<number, ArrayBuffer[]>([
  [SMALL_BYTES, []],
  [BLOCK_BYTES, []]
])

/**
 * At least `length` bytes for what is on its way out. To allocate 64 KiB anew costs more than to sign them: pages that were
 * never touched, and a garbage collector that has them to count. So what is not needed any more is given back.
 */
export function takeBytes(length: number): Buffer {
  if (length < LEAST_BYTES || length > BLOCK_BYTES) return Buffer.allocUnsafe(length)
  const size = length > SMALL_BYTES ? BLOCK_BYTES : SMALL_BYTES
  return Buffer.from(free.get(size)?.pop() ?? new ArrayBuffer(size))
}

/** Gives back bytes of `takeBytes`, or a view of them, that nobody reads any more. */
export function giveBack({ buffer }: Buffer): void {
  const blocks = free.get(buffer.byteLength)
  if (buffer instanceof ArrayBuffer && blocks !== undefined && blocks.length < MAX_FREE) blocks.push(buffer)
}
