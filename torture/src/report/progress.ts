/** Tells which round is running: on a terminal in one line that changes, elsewhere a line now and then. */
export class Progress {
  readonly #out = process.stderr
  #shownAt = 0

  show(step: string): void {
    if (this.#out.isTTY) this.#out.write(`\r\u001b[K${step}`)
    else if (Date.now() - this.#shownAt >= INTERVAL_MS) {
      this.#shownAt = Date.now()
      this.#out.write(`${step}\n`)
    }
  }

  /** Makes room for the summary. */
  clear(): void {
    if (this.#out.isTTY) this.#out.write('\r\u001b[K')
  }
}

const INTERVAL_MS = 10_000
