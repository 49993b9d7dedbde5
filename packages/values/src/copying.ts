import { isPlainArray, isPlainObject, kindOf } from './kind.js'
import { pathOf, type Step } from './path.js'

const SURROGATE = 'has a lone surrogate, which UTF-8 cannot carry'

/**
 * One walk over a value, which copies it and throws at what the format cannot carry, in words that name the path. The
 * copy alone is written then: what a getter or a Proxy gave was read once, and is what was checked. A property that is
 * undefined is left out, as `JSON.stringify` does: types and schemas take it for one that is not there.
 */
export abstract class Copying {
  protected abstract readonly format: string
  /** The way to what is being copied: the step out of the container at each depth. */
  protected readonly steps: Step[] = []
  readonly #maxDepth: number
  readonly #open: object[] = []

  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth
  }

  copy(value: unknown, depth = 0): unknown {
    if (value === null || typeof value === 'boolean') return value
    if (typeof value === 'string') {
      if (!value.isWellFormed()) this.refuse(depth, `the string ${SURROGATE}`)
      return value
    }
    if (typeof value === 'object') {
      if (isPlainObject(value)) return this.#record(value, depth)
      if (isPlainArray(value)) return this.#array(value, depth)
    }
    const copied = value === undefined ? value : this.other(value, depth)
    if (copied !== undefined) return copied
    const remedy = value === undefined ? '; use null' : ''
    this.refuse(depth, `${kindOf(value)} has no form in ${this.format}${remedy}`)
  }

  /** A copy of what not every format carries alike; undefined if the format has no form for it. */
  protected abstract other(value: NonNullable<unknown>, depth: number): unknown

  /**
   * Enters `container`, or says why that is one too deep. A cycle has no end, so it always gets here: looking for it only
   * now costs a sound value nothing.
   */
  protected enter(container: object, depth: number): void {
    const open = this.#open
    open[depth] = container
    if (depth < this.#maxDepth) return
    const again = open.find((each, at) => open.indexOf(each) < at)
    if (again === undefined) this.refuse(depth, `nested deeper than ${this.#maxDepth} (maxDepth)`, RangeError)
    const first = open.indexOf(again)
    this.refuse(open.indexOf(again, first + 1), `a cycle, back to ${this.#path(first)}`)
  }

  protected refuse(depth: number, reason: string, Fault: new (message: string) => Error = TypeError): never {
    throw new Fault(`${this.#path(depth)}: ${reason}`)
  }

  #path(depth: number): string {
    return pathOf(this.steps.slice(0, depth))
  }

  #array(array: unknown[], depth: number): unknown[] {
    this.enter(array, depth)
    const copy: unknown[] = []
    for (let index = 0; index < array.length; index++) {
      this.steps[depth] = index
      copy.push(this.copy(array[index], depth + 1))
    }
    return copy
  }

  #record(record: Record<string, unknown>, depth: number): Record<string, unknown> {
    this.enter(record, depth)
    // Every getter is called here, and only here. `__proto__` stays a key like any other.
    const copy: Record<string, unknown> = { ...record }
    for (const key of Object.keys(copy)) {
      const value = copy[key]
      if (value === undefined) {
        delete copy[key]
        continue
      }
      if (!key.isWellFormed()) this.refuse(depth, `the key ${JSON.stringify(key)} ${SURROGATE}`)
      this.steps[depth] = key
      const copied = this.copy(value, depth + 1)
      if (copied !== value) copy[key] = copied
    }
    const [symbol] = Object.getOwnPropertySymbols(copy)
    if (symbol !== undefined) this.refuse(depth, `the key ${String(symbol)} has no form in ${this.format}`)
    return copy
  }
}
