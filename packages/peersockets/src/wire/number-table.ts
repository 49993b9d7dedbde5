import { randomBytes } from '@noble/hashes/utils.js'

/**
 * A table keyed by numbers that the peer chooses. V8 hashes a number always the same way, so that a peer could choose numbers
 * that collide, and make each look-up go through all of them; mixed with a random one they cannot be chosen.
 */
export class NumberTable<T> {
  readonly #seed = new DataView(randomBytes(4).buffer).getUint32(0) >>> 3
  readonly #entries = new Map<number, T>()

  get size(): number {
    return this.#entries.size
  }

  get(number: number): T | undefined {
    return this.#entries.get(number ^ this.#seed)
  }

  set(number: number, entry: T): void {
    this.#entries.set(number ^ this.#seed, entry)
  }

  delete(number: number): boolean {
    return this.#entries.delete(number ^ this.#seed)
  }

  clear(): void {
    this.#entries.clear()
  }
}
