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
 * Runs layers. On the way `out`, what they allocate is given back, unless one of them fails or takes its time: `run` gives
 * whether the frame has passed. What is called meanwhile, such as the layers of whoever receives it, has memory of its own.
 */
export function withLoans(out: boolean, run: () => boolean): boolean {
  const outer = lending
  const mark = lent.length
  let through = false
  lending = out
  try {
    through = run()
    return through
  } finally {
    lending = outer
    while (lent.length > mark) {
      const bytes = lent.pop()
      if (through && bytes !== undefined) giveBack(bytes)
    }
  }
}
