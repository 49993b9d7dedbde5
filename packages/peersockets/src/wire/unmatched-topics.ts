import { NumberTable } from './number-table.js'
import { isSameTag, tagIndex } from './tag.js'

interface Unmatched {
  readonly number: number
  readonly tag: string
  /** Of our OPEN that we have closed while it was matched; 0 if there was none. */
  readonly closed: number
}

/**
 * Topics that the peer has open, and we are not in, by their numbers and by their tags. The peer decides how many of them have
 * the same tag: each is added and taken out in one step.
 */
export class UnmatchedTopics {
  readonly #byNumber = new NumberTable<Unmatched>()
  // One nearly always, for which a set would take more memory than all else.
  readonly #byTag = new Map<string, Unmatched | Set<Unmatched>>()

  get size(): number {
    return this.#byNumber.size
  }

  /** `closed`: see {@link closedFor}. */
  add(number: number, tag: string, closed = 0): void {
    const added = { number, tag, closed }
    this.#byNumber.set(number, added)
    const index = tagIndex(tag)
    const known = this.#byTag.get(index)
    if (known === undefined) this.#byTag.set(index, added)
    else if (known instanceof Set) known.add(added)
    else this.#byTag.set(index, new Set([known, added]))
  }

  delete(number: number): void {
    const unmatched = this.#byNumber.get(number)
    if (unmatched === undefined) return
    this.#byNumber.delete(number)
    const index = tagIndex(unmatched.tag)
    const known = this.#byTag.get(index)
    if (known instanceof Set) known.delete(unmatched)
    if (known === unmatched || (known instanceof Set && known.size === 0)) this.#byTag.delete(index)
  }

  /** The number of our OPEN that was matched with a topic of the peer's before we closed ours; 0 if there was none. */
  closedFor(number: number): number {
    return this.#byNumber.get(number)?.closed ?? 0
  }

  /** The numbers of those that have a tag, `most` of them at most. */
  numbersOf(tag: string, most: number): number[] {
    const known = this.#byTag.get(tagIndex(tag))
    const numbers: number[] = []
    for (const unmatched of known instanceof Set ? known : known === undefined ? [] : [known]) {
      if (numbers.length >= most) break
      if (isSameTag(unmatched.tag, tag)) numbers.push(unmatched.number)
    }
    return numbers
  }

  clear(): void {
    this.#byNumber.clear()
    this.#byTag.clear()
  }
}
