/**
 * Calls into the app. What it throws, or what its promise rejects with, goes to `onfailure` and no further: below us
 * stands the network's stack, where a throw ends the connection or the process.
 */
export function callApp(callback: () => unknown, onfailure: (cause: unknown) => void): void {
  try {
    const result = callback()
    if (isThenable(result)) Promise.resolve(result).catch(onfailure)
  } catch (cause) {
    onfailure(cause)
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
