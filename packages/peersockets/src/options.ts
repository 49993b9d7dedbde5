import { refuse } from './errors.js'

/** Throws `ERR_INVALID_ARGUMENT` for options that are no object, or have a property that nobody would look at. */
export function checkOptions(call: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null)
    refuse(`The options of ${call} are an object, or left out.`)
  const unknown = Object.keys(options).filter(option => !known.includes(option))
  if (unknown.length === 0) return
  refuse(
    `${call} has no option ${unknown.map(option => `\`${option}\``).join(', ')}. It has: ${known.join(', ')}.`
  )
}

/** Throws `ERR_INVALID_ARGUMENT` for a callback that cannot be called. */
export function checkCallbacks<K extends string>(
  call: string,
  options: { readonly [name in K]?: unknown },
  names: readonly K[]
): void {
  for (const name of names) {
    const callback = options[name]
    if (callback === undefined || typeof callback === 'function') continue
    refuse(`${call} takes as \`${name}\` a function.`)
  }
}
