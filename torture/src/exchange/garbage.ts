/** Notes objects, and tells how many of them are still in memory. */
export class Garbage {
  #noted: WeakRef<object>[] = []

  note(object: object): void {
    this.#noted.push(new WeakRef(object))
  }

  /** How many there are after a collection. What an event has just let go of may need some turns to be free. */
  async left(): Promise<number> {
    for (let turn = 0; turn < 5; turn++) {
      await new Promise(resolve => setImmediate(resolve))
      collectGarbage()
    }
    this.#noted = this.#noted.filter(ref => ref.deref() !== undefined)
    return this.#noted.length
  }
}

export function collectGarbage(): void {
  if (globalThis.gc === undefined) throw new Error('Memory is measured: start node with --expose-gc.')
  globalThis.gc()
}
