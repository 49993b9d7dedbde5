/** So few are copied one by one in two thirds of the time that `copy` takes (`npm run bench -- throughput --only 32`). */
const FEW_BYTES = 32

/**
 * The bytes from `start` to `end`, which keep little more alive than themselves: what comes in is mostly a view of a chunk of the
 * socket, and the peer decides how small a part of it a message is that an app keeps.
 */
export function ownBytes(bytes: Buffer, start = 0, end = bytes.length): Buffer {
  if (2 * (end - start) >= bytes.buffer.byteLength)
    return end - start === bytes.length ? bytes : bytes.subarray(start, end)
  const own = Buffer.allocUnsafe(end - start)
  if (own.length > FEW_BYTES) bytes.copy(own, 0, start, end)
  else for (let at = 0; at < own.length; at++) own[at] = bytes[start + at] ?? 0
  return own
}
