export const KINDS = ['middleware', 'codec'] as const

export type Kind = (typeof KINDS)[number]

/** What is to be written. */
export interface Plugin {
  readonly kind: Kind
  /** As npm knows it, such as `@me/mw-rate`. */
  readonly packageName: string
  /** What both sides of a topic compare, such as `me/rate`: two strangers may each have a `rate`. */
  readonly wireName: string
  /** The function that makes one, such as `rate`. */
  readonly identifier: string
  /** Where to, as the user has written it. */
  readonly folder: string
}

const PREFIXES: Readonly<Record<Kind, string>> = { middleware: 'mw-', codec: 'codec-' }

/** The last part of a package's name. */
export function unscoped(packageName: string): string {
  return packageName.slice(packageName.indexOf('/') + 1)
}

/** `rate` of `@me/mw-rate`: what the package is called among those of its kind. */
export function shortNameOf(packageName: string, kind: Kind): string {
  const name = unscoped(packageName)
  return name.startsWith(PREFIXES[kind]) ? name.slice(PREFIXES[kind].length) : name
}

/** `me/rate` of `@me/mw-rate`. */
export function wireNameOf(packageName: string, kind: Kind): string {
  const [, scope = ''] = /^@(.+\/)/.exec(packageName) ?? []
  return scope + shortNameOf(packageName, kind)
}

/** `rateOf` of `rate-of`. Undefined where no identifier can be made of it. */
export function identifierOf(shortName: string): string | undefined {
  const [first = '', ...rest] = shortName.split(/[^a-z0-9]+/).filter(word => word !== '')
  const identifier = first + rest.map(word => word[0]?.toUpperCase() + word.slice(1)).join('')
  return /^[a-z]/.test(identifier) && !isReserved(identifier) ? identifier : undefined
}

/** Whether the language has it for itself: what is no word of its own can be the name of a function. */
function isReserved(identifier: string): boolean {
  try {
    new Function(`'use strict'; async function* check(${identifier}) {}`)
    return false
  } catch {
    return true
  }
}
