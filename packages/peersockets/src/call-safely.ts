/**
 * Calls the app, or a plugin, where nobody waits for what comes of it. What it throws, or what its promise rejects with, goes
 * to `onfailure` and no further: below us stands the network's stack, where a throw ends the connection or the process.
 */
export function callSafely(call: () => unknown, onfailure: (cause: unknown) => void): void {
  try {
    const result = call()
    if (isThenable(result)) Promise.resolve(result).catch(onfailure)
  } catch (cause) {
    onfailure(cause)
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** Whether `value` is a promise where none can be waited for. If so, nobody hears of how it ends, which must not end us. */
export function isMisplacedPromise(value: unknown): boolean {
  if (!isThenable(value)) return false
  Promise.resolve(value).catch(() => undefined)
  return true
}
