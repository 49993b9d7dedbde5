/** The last so many strings that were added. */
export class Recent {
  readonly #size: number
  readonly #items = new Set<string>()

  constructor(size: number) {
    this.#size = size
  }

  /** False if it is among them already. */
  add(item: string): boolean {
    if (this.#items.has(item)) return false
    this.#items.add(item)
    if (this.#items.size > this.#size) {
      for (const oldest of this.#items) {
        this.#items.delete(oldest)
        break
      }
    }
    return true
  }
}
