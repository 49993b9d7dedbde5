import type { PrivateTopic } from './private-topic.js'
import { isSameTag, tagIndex } from './tag.js'

/** What the peer has open on a connection: by its own ids, and, of what we are not in, by the tags it opened them with. */
export class RemoteTopics {
  /** Our topic; or the tag of one that we are not in. */
  readonly #byId = new Map<number, PrivateTopic | string>()
  readonly #idByTag = new Map<string, number>()

  get size(): number {
    return this.#byId.size
  }

  /** Whether just that is open already. */
  isOpen(id: number, tag: string): boolean {
    const remote = this.#byId.get(id)
    return remote !== undefined && (typeof remote === 'string' ? remote : remote.tag) === tag
  }

  /** Whether the id is taken, or the tag is that of a topic that we are not in. */
  has(id: number, tag: string): boolean {
    return this.#byId.has(id) || this.#idByTag.has(tagIndex(tag))
  }

  /** Our topic of that id, if we are in it. */
  topic(id: number): PrivateTopic | undefined {
    const remote = this.#byId.get(id)
    return typeof remote === 'string' ? undefined : remote
  }

  open(id: number, tag: string, topic: PrivateTopic | undefined): void {
    if (topic === undefined) {
      this.#byId.set(id, tag)
      this.#idByTag.set(tagIndex(tag), id)
    } else {
      this.#byId.set(id, topic)
      topic.remoteId = id
    }
  }

  /** Gives our topic of that id, if we are in it. */
  close(id: number): PrivateTopic | undefined {
    const remote = this.#byId.get(id)
    this.#byId.delete(id)
    if (typeof remote === 'string') this.#idByTag.delete(tagIndex(remote))
    else if (remote !== undefined) {
      remote.remoteId = undefined
      return remote
    }
    return undefined
  }

  /** We are in a topic now: gives the id under which the peer has it open, if it has. */
  claim(topic: PrivateTopic): number | undefined {
    const index = tagIndex(topic.tag)
    const id = this.#idByTag.get(index)
    const tag = id === undefined ? undefined : this.#byId.get(id)
    if (id === undefined || typeof tag !== 'string' || !isSameTag(tag, topic.tag)) return undefined
    this.#idByTag.delete(index)
    this.open(id, tag, topic)
    return id
  }

  /** We have left a topic. */
  unclaim(topic: PrivateTopic): void {
    const id = topic.remoteId
    if (id === undefined) return
    topic.remoteId = undefined
    this.open(id, topic.tag, undefined)
  }

  clear(): void {
    for (const id of [...this.#byId.keys()]) this.close(id)
  }
}
