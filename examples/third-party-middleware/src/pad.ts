import { PeersocketsError } from 'peersockets'
import type { Middleware } from 'peersockets/plugin'

/** What stands between a frame and its padding, as in ISO/IEC 7816-4. Zeros follow. */
const END = 0x80
const DEFAULT_MIN_BYTES = 64
/** Of padding that may be asked for: more than this in every frame is a mistake. */
const LARGEST_MIN_BYTES = 65_536

export interface PadOptions {
  /** Bytes that every frame has at least on the wire, 1 to 65,536. Default 64. Both sides need the same: it is in the name. */
  readonly minBytes?: number
}

/**
 * Pads frames to one of a few lengths, so that somebody who sees the length learns little of what it was: of a frame of n
 * bytes, O(log log n) bits, at a cost of 12 % at most (Padmé, in "Reducing Metadata Leakage from Encrypted Files and
 * Communication with PURBs", 2019). Frames below `minBytes` all look the same.
 *
 * It stands behind what compresses and before what encrypts or signs. Throws `ERR_INVALID_ARGUMENT`. A frame that is not
 * padded is rejected as `ERR_MALFORMED_FRAME`, and one with more or less padding than it should have as `ERR_PAD_LENGTH`.
 */
export function pad({ minBytes = DEFAULT_MIN_BYTES }: PadOptions = {}): Middleware {
  if (!Number.isInteger(minBytes) || minBytes < 1 || minBytes > LARGEST_MIN_BYTES) {
    throw new PeersocketsError(
      'ERR_INVALID_ARGUMENT',
      `pad(): minBytes is a whole number from 1 to ${LARGEST_MIN_BYTES}.`
    )
  }
  return {
    name: minBytes === DEFAULT_MIN_BYTES ? 'stranger/pad' : `stranger/pad/${minBytes}`,
    contract: 2,
    open: () => ({
      send(frame) {
        const padded = Buffer.alloc(paddedLength(frame.length, minBytes))
        frame.copy(padded)
        padded[frame.length] = END
        return padded
      },
      receive(frame) {
        const length = contentLength(frame)
        if (length === undefined) {
          throw new PeersocketsError(
            'ERR_MALFORMED_FRAME',
            'A frame was dropped because it is not padded. See that the peer has pad() on the topic.'
          )
        }
        // One length for each content: else a peer could tell something with the padding, unseen.
        if (frame.length !== paddedLength(length, minBytes)) {
          throw new PeersocketsError(
            'ERR_PAD_LENGTH',
            'A frame was dropped because its padding has another length than pad() gives it. Give both sides the same minBytes.'
          )
        }
        return frame.subarray(0, length)
      }
    })
  }
}

/** The length on the wire of a frame of `length` bytes and its end: what stands behind the leading bits is zero. */
function paddedLength(length: number, minBytes: number): number {
  const whole = Math.max(length + 1, minBytes, 2)
  const exponent = Math.floor(Math.log2(whole))
  const step = 2 ** (exponent - Math.floor(Math.log2(exponent)) - 1)
  return Math.ceil(whole / step) * step
}

/** How many bytes stand before the end; undefined if there is none. */
function contentLength(frame: Buffer): number | undefined {
  let at = frame.length - 1
  while (at >= 0 && frame[at] === 0) at--
  return frame[at] === END ? at : undefined
}
