import { FULL_BYTES } from './bounds.js'

/** Room for a full batch, and for what middleware and the wire put around it. */
const BLOCK_BYTES = FULL_BYTES + 1024
/** Below, `Buffer.allocUnsafe` takes a piece of its pool, which costs less. */
const LEAST_BYTES = 4096
/** Blocks that are kept, a megabyte of them: as many as are in use at a time in one tick, with few peers. */
const MAX_FREE = 16

const free: ArrayBuffer[] = []

/**
 * At least `length` bytes for what is on its way out. To allocate 64 KiB anew costs more than to sign them: pages that were
 * never touched, and a garbage collector that has them to count. So what is not needed any more is given back.
 */
export function takeBytes(length: number): Buffer {
  if (length < LEAST_BYTES || length > BLOCK_BYTES) return Buffer.allocUnsafe(length)
  return Buffer.from(free.pop() ?? new ArrayBuffer(BLOCK_BYTES))
}

/** Gives back bytes of `takeBytes`, or a view of them, that nobody reads any more. */
export function giveBack(bytes: Buffer): void {
  const { buffer } = bytes
  if (buffer instanceof ArrayBuffer && buffer.byteLength === BLOCK_BYTES && free.length < MAX_FREE)
    free.push(buffer)
}
