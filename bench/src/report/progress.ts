/** Tells what is being measured: on a terminal in one line that changes, elsewhere a line for each step that is new. */
export class Progress {
  readonly #out = process.stderr
  #shown = ''

  show(step: string): void {
    if (step === this.#shown) return
    this.#shown = step
    this.#out.write(this.#out.isTTY ? `\r\u001b[K${step}` : `${step}\n`)
  }

  /** Makes room for a result. */
  clear(): void {
    if (this.#out.isTTY) this.#out.write('\r\u001b[K')
    this.#shown = ''
  }
}
