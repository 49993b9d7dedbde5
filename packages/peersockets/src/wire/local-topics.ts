import { MAX_TOPIC_ID } from './frame.js'
import type { PrivateTopic } from './private-topic.js'
import { isSameTag, tagIndex } from './tag.js'

/** What we have open on a connection: by our own ids, and by the tags under which the peer would open the same. */
export class LocalTopics {
  /**
   * By connection, the id that comes next. It outlives the wire and its topics: what a peer accepts under an id that it has
   * from our predecessor on the connection must not be taken for one of ours.
   */
  static readonly #ofConnection = new WeakMap<object, { nextId: number }>()

  readonly #numbering: { nextId: number }
  readonly #byId = new Map<number, PrivateTopic>()
  readonly #byTag = new Map<string, PrivateTopic>()

  /** `connection`: what stands for it as long as it lives. */
  constructor(connection: object) {
    this.#numbering = LocalTopics.#ofConnection.get(connection) ?? { nextId: 0 }
    LocalTopics.#ofConnection.set(connection, this.#numbering)
  }

  [Symbol.iterator](): IterableIterator<PrivateTopic> {
    return this.#byId.values()
  }

  /** An id that was never used on this connection; undefined when all have been. */
  takeId(): number | undefined {
    return this.#numbering.nextId > MAX_TOPIC_ID ? undefined : this.#numbering.nextId++
  }

  get(id: number): PrivateTopic | undefined {
    return this.#byId.get(id)
  }

  /** The topic that the peer means by `tag`, if we are in it. */
  find(tag: string): PrivateTopic | undefined {
    const topic = this.#byTag.get(tagIndex(tag))
    return topic !== undefined && isSameTag(topic.tag, tag) ? topic : undefined
  }

  /** Whether there is no room for a topic of that tag: it is open. */
  has(tag: string): boolean {
    return this.#byTag.has(tagIndex(tag))
  }

  /** Whether the peer has opened a topic of that tag that we are in. */
  isOpen(tag: string): boolean {
    return this.#byTag.get(tagIndex(tag))?.remoteId !== undefined
  }

  add(topic: PrivateTopic): void {
    this.#byId.set(topic.id, topic)
    this.#byTag.set(tagIndex(topic.tag), topic)
  }

  /** Whether it was there. */
  delete(topic: PrivateTopic): boolean {
    return this.#byId.delete(topic.id) && this.#byTag.delete(tagIndex(topic.tag))
  }
}
