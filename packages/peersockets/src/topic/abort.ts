/** What the end of a signal ends. One listener a signal, because Node warns of more than ten. */
interface Ended {
  readonly callbacks: Set<() => void>
  readonly listener: () => void
}

const ended = new WeakMap<AbortSignal, Ended>()

/** Calls back once, when `signal` aborts. Gives what takes that back. */
export function onabort(signal: AbortSignal, callback: () => void): () => void {
  const { callbacks, listener } = ended.get(signal) ?? listen(signal)
  callbacks.add(callback)
  return () => {
    if (!callbacks.delete(callback) || callbacks.size > 0) return
    signal.removeEventListener('abort', listener)
    ended.delete(signal)
  }
}

function listen(signal: AbortSignal): Ended {
  const callbacks = new Set<() => void>()
  const listener = (): void => {
    ended.delete(signal)
    for (const call of [...callbacks]) call()
  }
  signal.addEventListener('abort', listener, { once: true })
  const all = { callbacks, listener }
  ended.set(signal, all)
  return all
}
