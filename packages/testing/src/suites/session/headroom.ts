/** Around a frame of {@link withHeadroom}, in bytes. */
const HEADROOM_BYTES = 64

/** What a layer has not written must not look like zeros that it wrote. */
const UNDEFINED_CONTENT = 0xa5

const extensible = new WeakSet<Buffer>()

/** A copy of `frame` that a session can extend where it is, as peersockets can most of the frames that it sends. */
export function withHeadroom(frame: Buffer): Buffer {
  const memory = Buffer.alloc(frame.length + 2 * HEADROOM_BYTES, UNDEFINED_CONTENT)
  const copy = memory.subarray(HEADROOM_BYTES, HEADROOM_BYTES + frame.length)
  frame.copy(copy)
  extensible.add(copy)
  return copy
}

/** `extend` of a session: in place for a frame with headroom, and in a copy for any other. */
export function extend(frame: Buffer, before: number, after: number): Buffer {
  const length = before + frame.length + after
  if (extensible.has(frame) && before <= HEADROOM_BYTES && after <= HEADROOM_BYTES)
    return Buffer.from(frame.buffer, frame.byteOffset - before, length)
  const extended = Buffer.alloc(length, UNDEFINED_CONTENT)
  frame.copy(extended, before)
  return extended
}
