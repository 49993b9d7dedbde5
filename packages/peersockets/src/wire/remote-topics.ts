import { MAX_TOPIC_NUMBER } from './frame.js'
import { NumberTable } from './number-table.js'
import type { Match, PrivateTopic } from './private-topic.js'
import { listOf, type Several, withOne, withoutOne } from './several.js'
import { UnmatchedTopics } from './unmatched-topics.js'

/** What the peer has open on a connection: by the numbers of its OPENs, and of what we are not in by their tags. */
export class RemoteTopics {
  readonly #unmatched = new UnmatchedTopics()
  readonly #matches = new NumberTable<Several<Match>>()
  /** Matches whose DATA comes under another number than that of the peer's OPEN, because that has another match already. */
  readonly #extra = new NumberTable<Match>()
  /** The largest number that the peer has used: they rise. */
  #last = 0

  /** Topics that the peer has open. */
  get size(): number {
    return this.#unmatched.size + this.#matches.size
  }

  /** Whether the peer may use `number` for something new; it is used then. */
  use(number: number): boolean {
    if (number <= this.#last || number > MAX_TOPIC_NUMBER) return false
    this.#last = number
    return true
  }

  /** The peer has opened a topic that we are not in. */
  open(number: number, tag: string): void {
    this.#unmatched.add(number, tag)
  }

  /**
   * The numbers under which the peer has the topic of a tag open: those that are matched with `ours`, and of the others as many as
   * make `most` together.
   */
  numbersOf(tag: string, ours: readonly PrivateTopic[], most: number): number[] {
    const matched = new Set(
      ours.flatMap(({ matches }) => listOf(matches).map(({ remoteOpen }) => remoteOpen))
    )
    return [...matched, ...this.#unmatched.numbersOf(tag, most - matched.size)]
  }

  add(match: Match): void {
    this.#unmatched.delete(match.remoteOpen)
    this.#matches.set(match.remoteOpen, withOne(this.#matches.get(match.remoteOpen), match))
  }

  /** A match is over, and the peer still has its OPEN. `closed`: of our OPEN, which we have closed. */
  remove(match: Match, closed: number): void {
    const { remoteOpen, topic } = match
    if (this.#extra.get(match.receiveNumber) === match) this.#extra.delete(match.receiveNumber)
    const before = this.#matches.get(remoteOpen)
    if (!listOf(before).includes(match)) return
    const after = withoutOne(before, match)
    this.#matches.delete(remoteOpen)
    if (after === undefined) this.#unmatched.add(remoteOpen, topic.tag, closed)
    else this.#matches.set(remoteOpen, after)
  }

  /** The peer sends DATA of a match under `number`. False: it may not. */
  receive(match: Match, number: number): boolean {
    const isTaken = listOf(this.#matches.get(match.remoteOpen)).some(other => other.receiveNumber === number)
    if (number === match.remoteOpen ? isTaken : !this.use(number)) return false
    match.receiveNumber = number
    if (number !== match.remoteOpen) this.#extra.set(number, match)
    return true
  }

  /** The match whose DATA comes under `number`. */
  receiver(number: number): Match | undefined {
    for (const match of listOf(this.#matches.get(number))) if (match.receiveNumber === number) return match
    return this.#extra.get(number)
  }

  /** The number of an OPEN that we have closed, if the peer sends DATA of it, under the number of its own; 0 otherwise. */
  closedFor(number: number): number {
    return this.#unmatched.closedFor(number)
  }

  /** The peer has closed a topic: gives our matches with it. */
  close(number: number): readonly Match[] {
    this.#unmatched.delete(number)
    const matches = listOf(this.#matches.get(number))
    this.#matches.delete(number)
    for (const { receiveNumber } of matches) if (receiveNumber !== number) this.#extra.delete(receiveNumber)
    return matches
  }

  clear(): void {
    this.#last = 0
    for (const table of [this.#unmatched, this.#matches, this.#extra]) table.clear()
  }
}
