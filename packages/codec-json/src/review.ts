import { pathOf, type Step } from '@peersockets/values'

/** One walk over what `JSON.parse` gave: throws at what the sender's JSON text said and JavaScript cannot hold. */
export class Review {
  /** Object members found. */
  members = 0
  /** Whether a number was seen that stands for more than one integer. */
  unsafeInteger = false
  readonly #checkStrings: boolean
  readonly #steps: Step[] = []

  constructor(checkStrings: boolean) {
    this.#checkStrings = checkStrings
  }

  /** Recursive, which is safe: the depth of the text is known to be within bounds by now. */
  visit(value: unknown, depth = 0): void {
    if (typeof value === 'string') {
      this.#string(value, depth)
    } else if (typeof value === 'number') {
      if (!Number.isFinite(value)) throw new RangeError(`${this.#path(depth)}: the number is too large`)
      if (!Number.isSafeInteger(value) && Number.isInteger(value)) this.unsafeInteger = true
    } else if (Array.isArray(value)) {
      for (let index = 0; index < value.length; index++) {
        this.#steps[depth] = index
        this.visit(value[index], depth + 1)
      }
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, item] of Object.entries(value)) {
        this.members++
        this.#string(key, depth)
        this.#steps[depth] = key
        this.visit(item, depth + 1)
      }
    }
  }

  #string(text: string, depth: number): void {
    if (this.#checkStrings && !text.isWellFormed()) {
      throw new SyntaxError(`${this.#path(depth)}: a string or key has a lone surrogate`)
    }
  }

  #path(depth: number): string {
    return pathOf(this.#steps.slice(0, depth))
  }
}
