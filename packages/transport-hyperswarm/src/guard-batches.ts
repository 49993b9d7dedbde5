import type Protomux from 'protomux'

/**
 * Refuses batches within batches, which no Protomux writes. It reads them by recursion: some 100 KiB of them end the
 * stack, and Protomux throws what comes of that at the process instead of ending the stream.
 */
export function guardBatches(mux: Protomux): void {
  const onbatch = mux._onbatch
  let reading = false
  mux._onbatch = state => {
    // Not a RangeError or a TypeError: those are what Protomux throws at the process.
    if (reading) throw new Error('A batch within a batch.')
    reading = true
    try {
      onbatch.call(mux, state)
    } finally {
      reading = false
    }
  }
}
