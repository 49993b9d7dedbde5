/** Questions to the peer whether it has got all that was sent before, and who waits for the answers. */
export class Pings {
  readonly #ask: (token: number) => void
  readonly #waiting = new Map<number, (answered: boolean) => void>()
  #last = 0

  /** `ask` sends a question, to be answered with the same number. */
  constructor(ask: (token: number) => void) {
    this.#ask = ask
  }

  /** Resolves true with the answer; false when none can come any more. */
  ping(): Promise<boolean> {
    const token = ++this.#last
    return new Promise(resolve => {
      this.#waiting.set(token, resolve)
      this.#ask(token)
    })
  }

  /** An answer: everything that was asked before it is answered too. */
  onpong(token: number): void {
    for (const [asked, resolve] of this.#waiting) {
      if (asked > token) return
      this.#waiting.delete(asked)
      resolve(true)
    }
  }

  /** No answer comes any more. */
  end(): void {
    for (const resolve of this.#waiting.values()) resolve(false)
    this.#waiting.clear()
  }
}
