/** How long to wait for rest, in milliseconds. */
const PATIENCE_MS = 15_000

/** More than what happens at one peer without a chunk passes through: decryption, middleware, a handler, and an answer. */
const QUIET_TURNS = 10

// As they are before a test puts others in their place: networks in memory know no clock, and neither does this.
const { setImmediate } = globalThis
const now = performance.now.bind(performance)

let movements = 0
const links = new Set<Moving>()

/** What may have something to pass later. */
interface Moving {
  readonly busy: boolean
}

/** Something has moved between peers in memory. */
export function moved(): void {
  movements++
}

/** As long as `link` is busy, something moves. Gives what ends that. */
export function watch(link: Moving): () => void {
  links.add(link)
  return () => links.delete(link)
}

/**
 * Resolves once nothing moves between the peers of any network in memory of this process: for ten turns of the event loop
 * in a row no chunk has passed and no connection has ended, and nothing waits on a link that is throttled. What a stalled
 * link holds does not move. Each turn runs the promises that are due; so all that was sent has arrived, and what it caused
 * has happened, unless somebody waits for a timer, a thread or a socket, or for more turns than that: for those, give
 * `quietTurns`. Rejects after 15 seconds without rest.
 */
export async function settled({ quietTurns = QUIET_TURNS }: { quietTurns?: number } = {}): Promise<void> {
  const deadline = now() + PATIENCE_MS
  let seen = movements
  for (let quiet = 0; quiet < quietTurns; quiet++) {
    await new Promise<void>(resolve => setImmediate(resolve))
    if (seen === movements && ![...links].some(({ busy }) => busy)) continue
    if (now() > deadline)
      throw new Error(`The networks in memory have not come to rest. Waited ${PATIENCE_MS / 1000} s.`)
    seen = movements
    quiet = -1
  }
}
