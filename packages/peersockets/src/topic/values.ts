/**
 * Values of a message that a schema is asked about, unless the topic says otherwise. What a schema has against one value can
 * take a kilobyte and ten microseconds, and a peer can put a value into a byte: without a bound, a few megabytes from a member
 * would use up the memory of the process.
 */
export const DEFAULT_MAX_VALUES = 16_384

/** Whether there are more than `most` values in `value`, itself and all keys of maps counted. Looks at no more than that. */
export function hasMoreValues(value: unknown, most: number): boolean {
  let count = 1
  const open = isContainer(value) ? [value] : []
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    count += sizeOf(next)
    if (count > most) return true
    for (const one of insideOf(next)) if (isContainer(one)) open.push(one)
  }
  return count > most
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)
}

function sizeOf(value: object): number {
  if (Array.isArray(value)) return value.length
  if (value instanceof Map) return 2 * value.size
  return value instanceof Set ? value.size : Object.keys(value).length
}

function insideOf(value: object): Iterable<unknown> {
  if (Array.isArray(value) || value instanceof Set) return value
  return value instanceof Map ? [...value.keys(), ...value.values()] : Object.values(value)
}
