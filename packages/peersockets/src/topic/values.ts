/**
 * Values of a message that a schema is asked about, unless the topic says otherwise. What a schema has against one value can
 * take a kilobyte and ten microseconds, and a peer can put many values into a byte: without a bound, a few kilobytes from a
 * member would use up the memory of the process.
 */
export const DEFAULT_MAX_VALUES = 16_384

/** What a message consists of. */
export interface Census {
  /** The message itself, what is in it, and the keys of Maps. Infinity, if that is more than was asked for. */
  readonly values: number
  /** Bytes in typed arrays, each of which is one value, unless a schema looks at it as an object with a key for each byte. */
  readonly bytes: number
  /** Whether there is a key that libraries pass over; true if not all of the message was looked at. */
  readonly odd: boolean
}

const TOO_MANY: Census = { values: Number.POSITIVE_INFINITY, bytes: 0, odd: true }

/** Keys that some library leaves out when it copies an object, because they would reach the prototype of the copy. */
export const ODD_KEYS: readonly string[] = ['__proto__', 'constructor', 'prototype']

const SHORTEST_ODD_KEY = Math.min(...ODD_KEYS.map(({ length }) => length))

/**
 * Counts the values in `value`, and stops at more than `most`: whether they are in each other, made when they are read, or
 * not there at all, as in a list of nothing but holes. Array elements are found by their index; what else an array has for
 * properties is looked for only with `named`, which costs a list of all its keys. Throws what a getter or a proxy throws.
 */
export function censusOf(value: unknown, most: number, named: boolean): Census {
  let values = 1
  let bytes = 0
  let odd = false
  // Made when there is something in it: most messages are flat.
  let open: Container[] | undefined
  for (let next = isContainer(value) ? value : undefined; next !== undefined; next = open?.pop()) {
    if (Array.isArray(next)) {
      values += next.length
      if (values > most) return TOO_MANY
      for (const one of next) if (isContainer(one)) open = pushed(open, one)
      if (!named) continue
      for (const key of namedKeys(next)) {
        if (++values > most) return TOO_MANY
        const one: unknown = Reflect.get(next, key)
        if (isContainer(one)) open = pushed(open, one)
      }
    } else if (ArrayBuffer.isView(next)) {
      bytes += next.byteLength
    } else {
      if (next instanceof Map || next instanceof Set) {
        values += next instanceof Map ? 2 * next.size : next.size
        if (values > most) return TOO_MANY
        for (const [key, one] of next.entries()) {
          if (isContainer(one)) open = pushed(open, one)
          if (key !== one && isContainer(key)) open = pushed(open, key)
        }
      }
      // Not Object.keys: a schema may see inherited properties too, and a loop takes a fifth of the time.
      for (const key in next) {
        if (++values > most) return TOO_MANY
        const one = next[key]
        if (isContainer(one)) open = pushed(open, one)
        if (key.length >= SHORTEST_ODD_KEY) odd ||= ODD_KEYS.includes(key)
      }
    }
  }
  return values > most ? TOO_MANY : { values, bytes, odd }
}

function pushed(open: Container[] | undefined, one: Container): Container[] {
  if (open === undefined) return [one]
  open.push(one)
  return open
}

interface Container {
  readonly [key: string]: unknown
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null
}

/** Keys of an array that are no indices: they come last. */
function namedKeys(array: readonly unknown[]): string[] {
  const keys = Object.keys(array)
  const isIndex = (key: string): boolean => String(Number(key) >>> 0) === key
  return keys.slice(keys.findLastIndex(isIndex) + 1)
}
