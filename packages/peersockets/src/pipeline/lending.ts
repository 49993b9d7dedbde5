import { giveBack, takeBytes } from '../wire/blocks.js'

/** What was allocated by the layers that are at work, to be given back behind them. */
let lent: Buffer[] | undefined

/** Memory for what a layer makes of a frame that is sent: used again as soon as that has gone out. Its content is undefined. */
export function allocateFrame(length: number): Buffer {
  if (lent === undefined) return Buffer.allocUnsafe(length)
  const bytes = takeBytes(length)
  lent.push(bytes)
  return bytes.subarray(0, length)
}

/**
 * Runs layers on the way out, and gives back what they allocated unless one of them takes its time: `run` gives whether the
 * frame has passed. What is called meanwhile, such as the layers of whoever receives it, has memory of its own.
 */
export function lending(run: () => boolean): boolean {
  const outer = lent
  const mine: Buffer[] = []
  lent = mine
  try {
    const through = run()
    if (through) for (const bytes of mine) giveBack(bytes)
    return through
  } finally {
    lent = outer
  }
}

/** Runs what keeps the memory that it allocates. */
export function keeping(run: () => boolean): boolean {
  const outer = lent
  lent = undefined
  try {
    return run()
  } finally {
    lent = outer
  }
}
