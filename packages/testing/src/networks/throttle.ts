/** How long bytes gather before they pass, at rates that allow several in that time, in milliseconds. */
const STEP_MS = 20

/** Passes bytes on in order: at once, or at so many a second. */
export class Throttle {
  readonly #write: (bytes: Buffer) => void
  readonly #onempty: () => void
  #bytesPerSecond = Number.POSITIVE_INFINITY
  #waiting: Buffer[] = []
  #timer: NodeJS.Timeout | undefined

  /** `onempty` is called when the last byte that had to wait has passed. */
  constructor(write: (bytes: Buffer) => void, onempty: () => void) {
    this.#write = write
    this.#onempty = onempty
  }

  /** Whether bytes wait. What is pushed in the meantime waits behind them. */
  get busy(): boolean {
    return this.#waiting.length > 0
  }

  /** `Infinity` is as fast as it goes. */
  set bytesPerSecond(bytesPerSecond: number) {
    if (!(bytesPerSecond > 0))
      throw new RangeError(`A rate is above 0 bytes a second, not ${bytesPerSecond}.`)
    this.#bytesPerSecond = bytesPerSecond
    clearTimeout(this.#timer)
    this.#go()
  }

  push(bytes: Buffer): void {
    const idle = !this.busy
    if (bytes.length === 0) return
    if (idle && this.#bytesPerSecond === Number.POSITIVE_INFINITY) {
      this.#write(bytes)
      return
    }
    this.#waiting.push(bytes)
    if (idle) this.#go()
  }

  /** Nobody takes anything any more. */
  close(): void {
    clearTimeout(this.#timer)
    this.#waiting = []
  }

  #go(): void {
    if (!this.busy) return
    const rate = this.#bytesPerSecond
    if (rate === Number.POSITIVE_INFINITY) {
      for (const bytes of this.#waiting.splice(0)) this.#write(bytes)
      this.#onempty()
      return
    }
    const wait = Math.max(STEP_MS, 1000 / rate)
    this.#timer = setTimeout(() => {
      this.#pass(Math.max(1, Math.floor((rate * wait) / 1000)))
      if (this.busy) this.#go()
      else this.#onempty()
    }, wait)
    this.#timer.unref()
  }

  #pass(most: number): void {
    const [first] = this.#waiting
    if (first === undefined) return
    this.#write(first.subarray(0, most))
    if (first.length > most) this.#waiting[0] = first.subarray(most)
    else this.#waiting.shift()
  }
}
