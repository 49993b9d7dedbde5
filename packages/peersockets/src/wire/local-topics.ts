import type { PrivateTopic } from './private-topic.js'
import { listOf, type Several, withOne, withoutOne } from './several.js'
import { isSameTag, ownTagIndex } from './tag.js'

/**
 * What we are in on a connection: by the tags under which the peer would open the same, and by the numbers of those OPENs for which
 * the peer's ACCEPT is to come.
 */
export class LocalTopics {
  readonly #awaited = new Map<number, PrivateTopic>()
  readonly #byTag = new Map<number, Several<PrivateTopic>>()

  /** The topic of an OPEN of ours that the peer is to accept. */
  awaited(number: number): PrivateTopic | undefined {
    return this.#awaited.get(number)
  }

  *[Symbol.iterator](): IterableIterator<PrivateTopic> {
    for (const topics of this.#byTag.values()) yield* listOf(topics)
  }

  /** Those that the peer means by `tag`. */
  find(tag: string): readonly PrivateTopic[] {
    return listOf(this.#byTag.get(ownTagIndex(tag))).filter(topic => isSameTag(topic.tag, tag))
  }

  has(topic: PrivateTopic): boolean {
    return listOf(this.#byTag.get(ownTagIndex(topic.tag))).includes(topic)
  }

  add(topic: PrivateTopic): void {
    const index = ownTagIndex(topic.tag)
    this.#byTag.set(index, withOne(this.#byTag.get(index), topic))
  }

  /** Whether it was there. */
  delete(topic: PrivateTopic): boolean {
    this.withdraw(topic)
    const index = ownTagIndex(topic.tag)
    if (!this.has(topic)) return false
    const after = withoutOne(this.#byTag.get(index), topic)
    if (after === undefined) this.#byTag.delete(index)
    else this.#byTag.set(index, after)
    return true
  }

  /** The peer is told of a topic, under `number`. */
  announce(topic: PrivateTopic, number: number): void {
    topic.number = number
    topic.failedChecks = 0
  }

  /** The peer is to accept our OPEN, or another match of it. */
  awaitAccept(topic: PrivateTopic): void {
    this.#awaited.set(topic.number, topic)
  }

  /** The peer has accepted a match of our OPEN. */
  onaccept(topic: PrivateTopic): void {
    const isPending = listOf(topic.matches).some(({ state }) => state === 'pending')
    if (!isPending) this.#awaited.delete(topic.number)
  }

  /** What the peer was told of a topic is void. */
  withdraw(topic: PrivateTopic): void {
    this.#awaited.delete(topic.number)
    topic.number = 0
  }
}
