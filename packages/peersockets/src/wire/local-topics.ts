import { MAX_TOPIC_NUMBER } from './frame.js'
import type { PrivateTopic } from './private-topic.js'
import { listOf, type Several, withOne, withoutOne } from './several.js'
import { isSameTag, ownTagIndex } from './tag.js'

/**
 * What we are in on a connection: by the tags under which the peer would open the same, and by the numbers of those OPENs for which
 * the peer's ACCEPT is to come.
 */
export class LocalTopics {
  /** Topics that the peer lets us open. */
  maxTopics = 0
  #opened = 0
  #lastNumber = 0
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

  /** Whether the peer takes no topic more. */
  get full(): boolean {
    return this.#opened >= this.maxTopics
  }

  /** A number that we have not used; undefined if there is none left. */
  takeNumber(): number | undefined {
    return this.#lastNumber >= MAX_TOPIC_NUMBER ? undefined : ++this.#lastNumber
  }

  /** The peer is told of a topic, under `number`. */
  announce(topic: PrivateTopic, number: number): void {
    this.#opened++
    topic.number = number
  }

  /** The peer is told that a topic which it was told of is closed. */
  onclose(): void {
    this.#opened--
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

  /** All that the peer was told is void. */
  reset(): void {
    this.#opened = 0
    this.#lastNumber = 0
    for (const topic of this) this.withdraw(topic)
  }

  /** What the peer was told of a topic is void. */
  withdraw(topic: PrivateTopic): void {
    this.#awaited.delete(topic.number)
    topic.number = 0
  }
}
