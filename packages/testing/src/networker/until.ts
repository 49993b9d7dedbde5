import type { Networker } from '../stack/networker.js'

/** Loopback connects within milliseconds; this is for a machine that is busy with something else. */
const PATIENCE_MS = 15_000

/** Resolves once `condition` holds, which is asked again whenever a peer comes or goes. Rejects with `complaint`. */
export function until(
  networkers: readonly Networker[],
  condition: () => boolean,
  complaint: () => string
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (settled: () => void) => {
      clearTimeout(timer)
      for (const networker of networkers) {
        networker.removeListener('peer-add', check)
        networker.removeListener('peer-remove', check)
      }
      settled()
    }
    const check = () => {
      if (condition()) settle(resolve)
    }
    const timer = setTimeout(() => {
      settle(() => reject(new Error(`${complaint()} Waited ${PATIENCE_MS / 1000} s.`)))
    }, PATIENCE_MS)
    for (const networker of networkers) {
      networker.on('peer-add', check)
      networker.on('peer-remove', check)
    }
    check()
  })
}
