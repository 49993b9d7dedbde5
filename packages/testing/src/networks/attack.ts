/** Where a chunk was caught. */
export interface Passage {
  /** The peer that sent the chunk, by its place in the network. */
  readonly from: number
  readonly to: number
  /** `up` is from the peer that dialled to the one that answered. */
  readonly direction: Direction
  /** Bytes that the sender has put on this connection before the chunk, the handshake included. */
  readonly offset: number
}

/** `up` is from the peer that dialled to the one that answered. */
export type Direction = 'up' | 'down'

/** What goes on in place of a chunk: the chunk, changed or not, several of them, or nothing. */
export type Replacement = Buffer | readonly Buffer[] | null

/**
 * What somebody on the path does with each chunk that passes. The chunk is the attacker's own copy: it may be changed
 * in place, kept, and sent again later. Everything is ciphertext, except the first messages of the handshake.
 */
export type Attack = (chunk: Buffer, passage: Passage) => Replacement

/** The chunks that take the place of one. */
export function chunksOf(replacement: Replacement): readonly Buffer[] {
  if (replacement === null) return []
  return Buffer.isBuffer(replacement) ? [replacement] : replacement
}
