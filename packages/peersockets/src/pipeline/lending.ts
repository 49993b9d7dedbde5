import { giveBack, takeBytes } from '../wire/blocks.js'

/** Whether the layers at work are on the way out, so that what they allocate can be used again behind them. */
let lending = false
/** What they have allocated, those of a lane within a lane behind those of the outer one. */
const lent: Buffer[] = []

/** Memory for what a layer makes of a frame that is sent: used again as soon as that has gone out. Its content is undefined. */
export function allocateFrame(length: number): Buffer {
  if (!lending) return Buffer.allocUnsafe(length)
  const bytes = takeBytes(length)
  if (bytes.length === length) return bytes
  lent.push(bytes)
  return bytes.subarray(0, length)
}

/**
 * Layers are at work from here on: on the way `out`, what they allocate is lent. Gives what {@link endLoans} takes. What is
 * called meanwhile, such as the layers of whoever receives the frame, has memory of its own.
 */
export function beginLoans(out: boolean): number {
  const before = 2 * lent.length + Number(lending)
  lending = out
  return before
}

/** They are done. What was lent is given back, unless the frame is not `through`: a layer has failed, or takes its time. */
export function endLoans(before: number, through: boolean): void {
  const lentBefore = before >>> 1
  lending = before % 2 === 1
  while (lent.length > lentBefore) {
    const bytes = lent.pop()
    if (through && bytes !== undefined) giveBack(bytes)
  }
}
