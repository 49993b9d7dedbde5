import { collectGarbage } from './garbage.js'

/** What is in use after a collection, in bytes. */
export interface MemorySample {
  /** What had been done by then, in whatever is counted. */
  readonly at: number
  readonly heap: number
  /** Buffers, and what native code holds for objects. */
  readonly external: number
}

/**
 * How much more may be in use at the end of a run than before, in bytes: in the heap less than a byte and a half for each of
 * 200,000 messages. Outside of it, what sockets have read comes and goes by half a megabyte, without a trend.
 */
const MAX_GROWTH = { heap: 256 * 1024, external: 1024 * 1024 } as const

export function measureMemory(at: number): MemorySample {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return { at, heap: heapUsed, external }
}

/**
 * Says what has grown, if anything has: flat means that the median of the last quarter of the samples is not more than
 * {@link MAX_GROWTH} above the median of the second quarter. In the first one code is compiled and caches fill up.
 */
export function memoryGrowth(samples: readonly MemorySample[]): string | undefined {
  const grown = (['heap', 'external'] as const).flatMap(kind => {
    const [before, after] = [quarter(samples, 1), quarter(samples, 3)].map(some =>
      median(some.map(sample => sample[kind]))
    )
    if (before === undefined || after === undefined) throw new RangeError('There are too few samples.')
    const growth = after - before
    return growth > MAX_GROWTH[kind]
      ? [`${kind} by ${Math.round(growth / 1024)} KiB to ${Math.round(after / 1024)} KiB`]
      : []
  })
  return grown.length === 0 ? undefined : `Memory has grown: ${grown.join(', ')}.`
}

/** Quarter 0 to 3. */
function quarter(samples: readonly MemorySample[], which: number): readonly MemorySample[] {
  const length = samples.length / 4
  return samples.slice(Math.floor(which * length), Math.floor((which + 1) * length))
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)]
}
