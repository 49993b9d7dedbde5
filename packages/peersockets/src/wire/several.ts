/** None, one or several. Nearly always it is one, for which an array would take more memory than the rest. */
export type Several<T extends object> = undefined | T | readonly T[]

export function withOne<T extends object>(several: Several<T>, one: T): Several<T> {
  return several === undefined ? one : [...listOf(several), one]
}

export function withoutOne<T extends object>(several: Several<T>, one: T): Several<T> {
  if (several === one) return undefined
  const rest = listOf(several).filter(other => other !== one)
  return rest.length > 1 ? rest : rest[0]
}

/** A list that stays as it is while the original changes. */
export function listOf<T extends object>(several: Several<T>): readonly T[] {
  if (several === undefined) return NONE
  return isList(several) ? several : [several]
}

const NONE: readonly never[] = []

function isList<T extends object>(several: T | readonly T[]): several is readonly T[] {
  return Array.isArray(several)
}
