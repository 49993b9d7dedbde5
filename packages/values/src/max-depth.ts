/** Containers within each other that are carried unless told otherwise: far more than people write by hand. */
export const DEFAULT_MAX_DEPTH = 100

/** Beyond this, walking a value could come near the end of the stack. */
const GREATEST_MAX_DEPTH = 1000

export function checkedMaxDepth(maxDepth: number): number {
  if (Number.isInteger(maxDepth) && maxDepth >= 1 && maxDepth <= GREATEST_MAX_DEPTH) return maxDepth
  throw new RangeError(`maxDepth is an integer from 1 to ${GREATEST_MAX_DEPTH}, not ${maxDepth}`)
}
