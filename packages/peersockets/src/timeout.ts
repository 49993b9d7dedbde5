/** A timer that does not keep the process alive. */
export type Timeout = ReturnType<typeof setTimeout>

export function startTimeout(callback: () => void, milliseconds: number): Timeout {
  const timer = setTimeout(callback, milliseconds)
  // In Node a timer is an object; in a browser it is a number, and there is no process.
  if (typeof timer === 'object') timer.unref()
  return timer
}
