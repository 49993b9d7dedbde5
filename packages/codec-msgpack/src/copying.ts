import { isBytes, isExactly, isKey, isPlainArray, isPlainObject, kindOf } from './kind.js'
import { tooDeep } from './nesting.js'
import { type Entry, pathOf, type Step } from './path.js'

const NO_FORM = ' has no form in MessagePack'
const SURROGATE = 'has a lone surrogate, which UTF-8 cannot carry'

/**
 * One walk over a value, which copies it and throws at what MessagePack cannot carry, in words that name the path.
 * msgpackr then sees the copy alone: what a getter or a Proxy gave was read once, and is what was checked.
 */
export class Copying {
  readonly #maxDepth: number
  readonly #steps: Step[] = []
  readonly #open: object[] = []

  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth
  }

  copy(value: unknown, depth = 0): unknown {
    switch (typeof value) {
      case 'string':
        if (!value.isWellFormed()) this.#refuse(depth, `the string ${SURROGATE}`)
        return value
      case 'number':
      case 'boolean':
        return value
      case 'bigint':
        if (BigInt.asIntN(64, value) === value || BigInt.asUintN(64, value) === value) return value
        throw new RangeError(`${this.#path(depth)}: the bigint does not fit in 64 bits`)
      case 'object':
        if (value === null) return null
        if (isPlainObject(value)) return this.#record(value, depth)
        if (isPlainArray(value)) return this.#array(value, depth)
        if (isExactly(value, Map)) return this.#map(value, depth)
        if (isExactly(value, Date)) return this.#date(value, depth)
        // A view, as msgpackr knows bytes of this realm only.
        if (isBytes(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    }
    const remedy = value === undefined ? '; leave the property out, or use null' : ''
    this.#refuse(depth, `${kindOf(value)}${NO_FORM}${remedy}`)
  }

  #enter(container: object, depth: number): void {
    this.#open[depth] = container
    if (depth < this.#maxDepth) return
    this.#open.length = depth + 1
    throw tooDeep(this.#open, this.#steps.slice(0, depth), this.#maxDepth)
  }

  #date(value: Date, depth: number): Date {
    const time = value.getTime()
    if (Number.isNaN(time)) throw new RangeError(`${this.#path(depth)}: the Date is invalid`)
    return new Date(time)
  }

  #array(value: unknown[], depth: number): unknown[] {
    this.#enter(value, depth)
    const copy: unknown[] = []
    for (let index = 0; index < value.length; index++) {
      this.#steps[depth] = index
      copy.push(this.copy(value[index], depth + 1))
    }
    return copy
  }

  #record(record: Record<string, unknown>, depth: number): Record<string, unknown> {
    this.#enter(record, depth)
    // Every getter is called here, and only here.
    const copy: Record<string, unknown> = { ...record }
    for (const key of Object.keys(copy)) {
      if (!key.isWellFormed()) this.#refuse(depth, `the key ${JSON.stringify(key)} ${SURROGATE}`)
      this.#steps[depth] = key
      const value = copy[key]
      const copied = this.copy(value, depth + 1)
      if (copied !== value) copy[key] = copied
    }
    const [symbol] = Object.getOwnPropertySymbols(copy)
    if (symbol !== undefined) this.#refuse(depth, `the key ${String(symbol)}${NO_FORM}`)
    return copy
  }

  /** Where all keys are strings, an entry of nil and nil in front tells the receiver that this is no object. */
  #map(map: Map<unknown, unknown>, depth: number): Map<unknown, unknown> {
    this.#enter(map, depth)
    const entries: [unknown, unknown][] = []
    const entry: Entry = { key: undefined }
    let onlyStrings = true
    for (const [key, item] of map) {
      if (!isKey(key)) {
        this.#refuse(
          depth,
          `a key of the Map is ${kindOf(key)}; it may be a string, number, bigint or boolean`
        )
      }
      if (typeof key !== 'string') onlyStrings = false
      this.#steps[depth] = entry
      entry.key = key
      entries.push([this.copy(key, depth + 1), this.copy(item, depth + 1)])
    }
    return new Map(onlyStrings ? [[null, null], ...entries] : entries)
  }

  #path(depth: number): string {
    return pathOf(this.#steps.slice(0, depth))
  }

  #refuse(depth: number, reason: string): never {
    throw new TypeError(`${this.#path(depth)}: ${reason}`)
  }
}
