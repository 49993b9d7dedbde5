import { growInPlace } from '../wire/room.js'

/**
 * What a layer makes of a frame that is sent: the frame, `before` bytes ahead of it and `after` behind it, of undefined content.
 * It stays where it is if there is room around it, and is copied otherwise.
 */
export function extendFrame(frame: Buffer, before: number, after: number): Buffer {
  const grown = growInPlace(frame, before, after)
  if (grown !== undefined) return grown
  const copy = Buffer.allocUnsafe(before + frame.length + after)
  copy.set(frame, before)
  return copy
}
