/** What waits for the end of the tick. */
export interface Waiting {
  /** Must not throw. */
  flush(): void
}

let waiting: Waiting[] = []

/** Flushes something when the current tick is over: in one microtask for all, because whoever broadcasts has very many. */
export function flushAtEndOfTick(something: Waiting): void {
  if (waiting.push(something) === 1) queueMicrotask(endTick)
}

function endTick(): void {
  const due = waiting
  waiting = []
  for (const each of due) each.flush()
}
