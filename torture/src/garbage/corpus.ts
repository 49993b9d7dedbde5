import type { Random } from '../random.js'
import { mutate } from './mutate.js'

/** More than this is not kept. */
const MAX_ENTRIES = 1000

/** What somebody said in earnest, for somebody to make garbage of. */
export class Corpus {
  readonly #entries: Buffer[] = []

  get size(): number {
    return this.#entries.length
  }

  /** Keeps a copy. */
  add(bytes: Buffer): void {
    if (this.#entries.length < MAX_ENTRIES) this.#entries.push(Buffer.from(bytes))
  }

  /** An entry as it was recorded. */
  pick(random: Random): Buffer {
    return random.pick(this.#entries)
  }

  /** An entry, or the bytes that are given, changed in a way that does harm. */
  garbage(random: Random, bytes: Buffer = this.pick(random)): Buffer {
    return mutate(random, bytes, this.#entries.length === 0 ? [bytes] : this.#entries)
  }
}
