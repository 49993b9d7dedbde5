/** Small pieces share memory of so many bytes; that of `Buffer.allocUnsafe` is eight times as large from Node 24 on. */
const SLAB_BYTES = 8192
/** So few are copied one by one in two thirds of the time that `copy` takes (`npm run bench -- throughput --only 32`). */
const FEW_BYTES = 32

let slab: Buffer | undefined
let used = 0

/**
 * The bytes from `start` to `end`, which keep little more alive than themselves: what comes in is mostly a view of a chunk of the
 * socket, and the peer decides how small a part of it a message is that an app keeps.
 */
export function ownBytes(bytes: Buffer, start = 0, end = bytes.length): Buffer {
  if (2 * (end - start) < bytes.buffer.byteLength) return copyOf(bytes, start, end)
  return end - start === bytes.length ? bytes : bytes.subarray(start, end)
}

/** A copy of the bytes from `start` to `end`, which keeps little more alive than itself. */
export function copyOf(bytes: Buffer, start = 0, end = bytes.length): Buffer {
  const copy = allocate(end - start)
  if (copy.length > FEW_BYTES) bytes.copy(copy, 0, start, end)
  else for (let at = 0; at < copy.length; at++) copy[at] = bytes[start + at] ?? 0
  return copy
}

function allocate(length: number): Buffer {
  if (2 * length > SLAB_BYTES) return Buffer.allocUnsafeSlow(length)
  if (slab === undefined || used + length > SLAB_BYTES) {
    slab = Buffer.allocUnsafeSlow(SLAB_BYTES)
    used = 0
  }
  const piece = slab.subarray(used, used + length)
  used += length
  return piece
}
