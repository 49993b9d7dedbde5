/** Keys from the root of a value down to a place in it, the last one first. */
interface Step {
  readonly key: PropertyKey
  readonly up: Step | undefined
}

interface Pair {
  readonly left: unknown
  readonly right: unknown
  readonly at: Step | undefined
}

/**
 * Where two values differ, as the keys down to the first such place; undefined if they are equal. Objects of classes that
 * are not known here are equal only if they are the same, because what they hold cannot be seen.
 */
export function differenceOf(left: unknown, right: unknown): PropertyKey[] | undefined {
  const open: Pair[] = [{ left, right, at: undefined }]
  // What is in itself, or in many places, is compared once.
  const seen = new Map<object, Set<object>>()
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const { left, right, at } = pair
    if (Object.is(left, right)) continue
    if (!isObject(left) || !isObject(right)) return pathOf(at)
    const others = seen.get(left)
    if (others?.has(right)) continue
    if (others === undefined) seen.set(left, new Set([right]))
    else others.add(right)
    const inner = insideOf(left, right)
    if (inner === undefined) return pathOf(at)
    for (const [key, one, other] of inner.reverse())
      open.push({ left: one, right: other, at: { key, up: at } })
  }
  return undefined
}

type Inside = [key: PropertyKey, left: unknown, right: unknown][]

/** What is in two objects, in pairs; undefined if they differ themselves. */
function insideOf(left: object, right: object): Inside | undefined {
  if (Array.isArray(left)) return Array.isArray(right) ? pairs(left, right) : undefined
  if (left instanceof Date)
    return right instanceof Date && Object.is(left.getTime(), right.getTime()) ? [] : undefined
  // A Buffer is the bytes that it holds: a codec may make it of a Uint8Array.
  if (left instanceof Uint8Array)
    return right instanceof Uint8Array && Buffer.compare(left, right) === 0 ? [] : undefined
  if (left instanceof Map) return right instanceof Map ? entries(left, right) : undefined
  if (left instanceof Set) return right instanceof Set ? pairs([...left], [...right]) : undefined
  return isPlain(left) && isPlain(right) ? properties(left, right) : undefined
}

function pairs(left: readonly unknown[], right: readonly unknown[]): Inside | undefined {
  if (left.length !== right.length) return undefined
  return left.map((one, index) => [index, one, right[index]])
}

function entries(left: Map<unknown, unknown>, right: Map<unknown, unknown>): Inside | undefined {
  const keys = pairs([...left.keys()], [...right.keys()])
  if (keys === undefined) return undefined
  const others = [...right.values()]
  const values: Inside = Array.from(left, ([key, one], index) => [
    isKey(key) ? key : index,
    one,
    others[index]
  ])
  return [...keys, ...values]
}

function properties(left: object, right: object): Inside {
  const keys = new Set([...Object.keys(left), ...Object.keys(right)])
  return Array.from(keys, key => [key, propertyOf(left, key), propertyOf(right, key)])
}

/** In the place of a property that is not there, which differs from one that is undefined. */
const NOTHING = Symbol('nothing')

function propertyOf(value: object, key: string): unknown {
  return Object.hasOwn(value, key) ? Reflect.get(value, key) : NOTHING
}

function isKey(key: unknown): key is PropertyKey {
  return typeof key === 'string' || typeof key === 'number' || typeof key === 'symbol'
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function pathOf(at: Step | undefined): PropertyKey[] {
  const path: PropertyKey[] = []
  for (let step = at; step !== undefined; step = step.up) path.unshift(step.key)
  return path
}
