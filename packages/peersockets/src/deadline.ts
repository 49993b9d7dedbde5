import { refuse } from './errors.js'
import { checkOptions } from './options.js'
import { startTimeout } from './timeout.js'

const DEFAULT_TIMEOUT_MS = 10_000

/** A timer takes anything longer for a millisecond. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** The `timeout` of the options of `call`, in milliseconds. Throws `ERR_INVALID_ARGUMENT`. */
export function timeoutOf(call: string, options: { readonly timeout?: number }): number {
  checkOptions(call, options, ['timeout'])
  const { timeout = DEFAULT_TIMEOUT_MS } = options
  if (typeof timeout === 'number' && timeout >= 0) return timeout
  return refuse(`${call} takes as \`timeout\` milliseconds, 0 or more.`)
}

/** Whether `work`, which never rejects, ends within `milliseconds`. */
export async function endsWithin(work: Promise<unknown>, milliseconds: number): Promise<boolean> {
  let timer: ReturnType<typeof startTimeout> | undefined
  const expired = new Promise<boolean>(resolve => {
    if (milliseconds <= LONGEST_TIMER_MS) timer = startTimeout(() => resolve(false), milliseconds)
  })
  const ended = await Promise.race([work.then(() => true), expired])
  clearTimeout(timer)
  return ended
}
