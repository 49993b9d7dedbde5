import { differenceOf } from './difference.js'

/**
 * Where `before` has one of `keys` as a key of its own, and `after`, which a schema made of it, has not, or has something else
 * there: the keys down to the first such place. What a schema takes away or makes anew as a whole is its own affair.
 */
export function lostKey(before: unknown, after: unknown, keys: readonly string[]): PropertyKey[] | undefined {
  const open: { before: unknown; after: unknown; path: readonly PropertyKey[] }[] = [
    { before, after, path: [] }
  ]
  const seen = new Set<object>()
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { before, after, path } = next
    if (!isObject(before) || !isObject(after) || before === after || seen.has(before)) continue
    seen.add(before)
    if (before instanceof Map || before instanceof Set) {
      if (!(after instanceof Map || after instanceof Set)) continue
      const others = [...after.entries()].flat()
      for (const [at, inner] of [...before.entries()].flat().entries())
        open.push({ before: inner, after: others[at], path })
      continue
    }
    if (ArrayBuffer.isView(before)) continue
    for (const key of keys) {
      if (!Object.hasOwn(before, key)) continue
      const kept =
        Object.hasOwn(after, key) &&
        differenceOf(Reflect.get(before, key), Reflect.get(after, key)) === undefined
      if (!kept) return [...path, key]
    }
    for (const key of Object.keys(before)) {
      if (!Object.hasOwn(after, key)) continue
      const step = Array.isArray(before) ? Number(key) : key
      open.push({ before: Reflect.get(before, key), after: Reflect.get(after, key), path: [...path, step] })
    }
  }
  return undefined
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
