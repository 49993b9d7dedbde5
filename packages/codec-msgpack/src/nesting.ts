import { pathOf, type Step } from './path.js'

/** Containers within each other that are carried unless told otherwise: far more than people write by hand. */
export const DEFAULT_MAX_DEPTH = 100

/** Beyond this, walking a value could come near the end of the stack. */
const GREATEST_MAX_DEPTH = 1000

export function checkedMaxDepth(maxDepth: number): number {
  if (Number.isInteger(maxDepth) && maxDepth >= 1 && maxDepth <= GREATEST_MAX_DEPTH) return maxDepth
  throw new RangeError(`maxDepth is an integer from 1 to ${GREATEST_MAX_DEPTH}, not ${String(maxDepth)}`)
}

/**
 * Why a walk had to stop at `open.at(-1)`, one container too deep. A cycle has no end, so it always gets here:
 * looking for it only now costs a sound value nothing.
 */
export function tooDeep(open: readonly object[], steps: readonly Step[], maxDepth: number): Error {
  for (const [depth, container] of open.entries()) {
    const first = open.indexOf(container)
    if (first < depth) {
      return new TypeError(
        `${pathOf(steps.slice(0, depth))}: a cycle, back to ${pathOf(steps.slice(0, first))}`
      )
    }
  }
  return new RangeError(`${pathOf(steps)}: nested deeper than ${maxDepth} (maxDepth)`)
}
