import type { EventEmitter } from 'node:events'

/** Loopback connects within milliseconds; this is for a machine that is busy with something else. */
const PATIENCE_MS = 15_000

/** Resolves once `condition` holds, which is asked again at each of the events. Rejects with `complaint`. */
export function until(
  emitters: readonly EventEmitter[],
  events: readonly string[],
  condition: () => boolean,
  complaint: () => string
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (settled: () => void) => {
      clearTimeout(timer)
      for (const emitter of emitters) for (const event of events) emitter.removeListener(event, check)
      settled()
    }
    const check = () => {
      if (condition()) settle(resolve)
    }
    const timer = setTimeout(() => {
      settle(() => reject(new Error(`${complaint()} Waited ${PATIENCE_MS / 1000} s.`)))
    }, PATIENCE_MS)
    for (const emitter of emitters) for (const event of events) emitter.on(event, check)
    check()
  })
}
