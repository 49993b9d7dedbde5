import { isPlainArray, isPlainObject, kindOf } from './kind.js'
import { tooDeep } from './nesting.js'
import { pathOf, type Step } from './path.js'

const SURROGATE = 'has a lone surrogate, which UTF-8 cannot carry'

/** One walk over a value that is to be sent: throws at the first thing that JSON would drop, change or refuse. */
export class Inspection {
  /** Whether a -0 was seen, which `JSON.stringify` would turn into 0. */
  negativeZero = false
  readonly #maxDepth: number
  readonly #steps: Step[] = []
  readonly #open: object[] = []

  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth
  }

  visit(value: unknown, depth = 0): void {
    switch (typeof value) {
      case 'string':
        if (!value.isWellFormed()) this.#refuse(depth, `the string ${SURROGATE}`)
        return
      case 'number':
        if (!Number.isFinite(value)) this.#refuse(depth, `${value} has no form in JSON`)
        if (Object.is(value, -0)) this.negativeZero = true
        return
      case 'boolean':
        return
      case 'object':
        if (value !== null) this.#container(value, depth)
        return
      case 'undefined':
        this.#refuse(depth, 'undefined has no form in JSON; leave the property out, or use null')
    }
    this.#refuse(depth, `${kindOf(value)} has no form in JSON`)
  }

  #container(value: object, depth: number): void {
    this.#open[depth] = value
    if (depth >= this.#maxDepth) {
      this.#open.length = depth + 1
      throw tooDeep(this.#open, this.#steps.slice(0, depth), this.#maxDepth)
    }
    if (isPlainArray(value)) this.#array(value, depth)
    else if (isPlainObject(value)) this.#object(value, depth)
    else this.#refuse(depth, `${kindOf(value)} has no form in JSON`)
  }

  #array(value: unknown[], depth: number): void {
    for (let index = 0; index < value.length; index++) {
      this.#steps[depth] = index
      this.visit(value[index], depth + 1)
    }
  }

  #object(value: Record<string, unknown>, depth: number): void {
    for (const key of Object.keys(value)) {
      if (!key.isWellFormed()) this.#refuse(depth, `the key ${JSON.stringify(key)} ${SURROGATE}`)
      this.#steps[depth] = key
      this.visit(value[key], depth + 1)
    }
    for (const symbol of Object.getOwnPropertySymbols(value)) {
      if (Object.prototype.propertyIsEnumerable.call(value, symbol)) {
        this.#refuse(depth, `the key ${String(symbol)} has no form in JSON`)
      }
    }
  }

  #refuse(depth: number, reason: string): never {
    throw new TypeError(`${pathOf(this.#steps.slice(0, depth))}: ${reason}`)
  }
}
