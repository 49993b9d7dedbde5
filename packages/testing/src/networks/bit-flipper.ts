import type { Passage } from './attack.js'

/** Which bits of a chunk are to flip. */
export interface BitFlip {
  /** The byte to change, counted from the end of the chunk: 1 is the last. */
  offsetFromEnd: number
  /** The bits to flip in it, such as 0x08, which makes a `9` of a `1`. */
  mask: number
}

/**
 * The attack on a cipher without a MAC: a bit that is flipped in the ciphertext arrives flipped in the plaintext, at the
 * same place. A message that is sent alone over a quiet connection ends where its chunk ends, so that one who
 * can guess what it says can make it say something else.
 */
export interface BitFlipper<P> {
  /** For a network's `attack`, or a proxy's `transform`. */
  readonly attack: (chunk: Buffer, passage: P) => Buffer
  /**
   * Flips bits once, in the next chunk for which `where` holds, and resolves with the place where that was. Chunks in
   * which the byte could not belong to a message pass, such as keep-alives. Takes the place of a flip still to come.
   */
  flipNext(flip: BitFlip, where?: (passage: P) => boolean): Promise<P>
}

/** A message is preceded in its frame by a length, a header and the id of its extension, of a byte or more each. */
const FRAME_OVERHEAD = 3

/** A flipper that lets everything pass until `flipNext` is called. */
export function createBitFlipper<P = Passage>(): BitFlipper<P> {
  let armed: ((chunk: Buffer, passage: P) => boolean) | undefined
  return {
    attack(chunk, passage) {
      if (armed?.(chunk, passage)) armed = undefined
      return chunk
    },
    flipNext({ offsetFromEnd, mask }, where = () => true) {
      if (!Number.isInteger(offsetFromEnd) || offsetFromEnd < 1) {
        throw new RangeError(`offsetFromEnd counts from 1, the last byte, and is not ${offsetFromEnd}.`)
      }
      return new Promise(resolve => {
        armed = (chunk, passage) => {
          if (chunk.length < FRAME_OVERHEAD + offsetFromEnd || !where(passage)) return false
          const at = chunk.length - offsetFromEnd
          chunk.writeUInt8(chunk.readUInt8(at) ^ mask, at)
          resolve(passage)
          return true
        }
      })
    }
  }
}
