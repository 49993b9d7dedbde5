import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** On the heap and beside it, after a collection: the least of several, because what is on its way out counts as well. */
export async function usedBytes(): Promise<number> {
  const used: number[] = []
  for (let sample = 0; sample < 4; sample++) {
    await setTimeout(20)
    collectGarbage()
    const { heapUsed, external } = process.memoryUsage()
    used.push(heapUsed + external)
  }
  return Math.min(...used)
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect !== 'function') throw new TypeError('This process cannot collect its garbage.')
  collect()
}
