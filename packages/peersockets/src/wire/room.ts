/** Bytes that are free on either side of a sequence, for what middleware and the wire put around it. */
export const ROOM_BYTES = 64

/** The sequence on its way out that nobody but its layers reads, with room on either side; none while others may read it. */
let occupant: Buffer | undefined

/** From here on it is this sequence that may grow where it is, or none. Gives the one before it, to go back to. */
export function occupy(sequence: Buffer | undefined): Buffer | undefined {
  const before = occupant
  occupant = sequence
  return before
}

/**
 * `frame` with `before` bytes ahead of it and `after` behind it, of undefined content, in the memory in which it lies;
 * undefined if that is not its own, or has no room for so many. What lay around it is written over.
 */
export function growInPlace(frame: Buffer, before: number, after: number): Buffer | undefined {
  if (occupant === undefined || frame.buffer !== occupant.buffer) return undefined
  const start = frame.byteOffset - before
  const end = frame.byteOffset + frame.length + after
  const first = occupant.byteOffset - ROOM_BYTES
  const last = occupant.byteOffset + occupant.length + ROOM_BYTES
  return start < first || end > last ? undefined : Buffer.from(frame.buffer, start, end - start)
}
