/** What waits for the end of the tick. */
export interface Waiting {
  /** Must not throw. */
  flush(): void
}

let waiting: Waiting[] = []

/**
 * Flushes something when the current tick is over: in one microtask for all, because a broadcast has very many. What
 * that puts here in its turn, as batches do with the packet that takes them, is flushed behind the rest.
 */
export function flushAtEndOfTick(something: Waiting): void {
  if (waiting.push(something) === 1) queueMicrotask(endTick)
}

function endTick(): void {
  try {
    for (const each of waiting) each.flush()
  } finally {
    waiting = []
  }
}
