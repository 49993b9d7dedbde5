/** What waits in one direction of one connection, on all its topics together. */
export class Backlog {
  #bytes = 0
  readonly #onless: () => void

  /** `onless` is called whenever some of it has gone, wherever it went. Must not throw. */
  constructor(onless: () => void = () => {}) {
    this.#onless = onless
  }

  get bytes(): number {
    return this.#bytes
  }

  add(bytes: number): void {
    this.#bytes += bytes
  }

  remove(bytes: number): void {
    if (bytes === 0) return
    this.#bytes -= bytes
    this.#onless()
  }
}
