import type { PrivateTopic } from './private-topic.js'
import { isSameTag, tagIndex } from './tag.js'

/** A topic that the peer has open. */
interface RemoteTopic {
  readonly tag: string
  /** Our topic of that name, while we are in it. */
  topic: PrivateTopic | undefined
}

/** What the peer has open on a connection: by its own ids, and by the tags it opened them with. */
export class RemoteTopics {
  readonly #byId = new Map<number, RemoteTopic>()
  readonly #idByTag = new Map<string, number>()

  get size(): number {
    return this.#byId.size
  }

  /** Whether just that is open already. */
  isOpen(id: number, tag: string): boolean {
    return this.#byId.get(id)?.tag === tag
  }

  /** Whether the id or the tag is taken. */
  has(id: number, tag: string): boolean {
    return this.#byId.has(id) || this.#idByTag.has(tagIndex(tag))
  }

  /** Our topic of that id, if we are in it. */
  topic(id: number): PrivateTopic | undefined {
    return this.#byId.get(id)?.topic
  }

  open(id: number, tag: string, topic: PrivateTopic | undefined): void {
    this.#byId.set(id, { tag, topic })
    this.#idByTag.set(tagIndex(tag), id)
  }

  /** Gives our topic of that id, if we are in it. */
  close(id: number): PrivateTopic | undefined {
    const remote = this.#byId.get(id)
    if (remote === undefined) return undefined
    this.#byId.delete(id)
    this.#idByTag.delete(tagIndex(remote.tag))
    return remote.topic
  }

  /** We are in a topic now: gives the id under which the peer has it open, if it has. */
  claim(topic: PrivateTopic): number | undefined {
    const id = this.#idByTag.get(tagIndex(topic.tags.remote))
    const remote = id === undefined ? undefined : this.#byId.get(id)
    if (remote === undefined || !isSameTag(remote.tag, topic.tags.remote)) return undefined
    remote.topic = topic
    return id
  }

  /** We have left a topic. */
  unclaim(topic: PrivateTopic): void {
    const id = this.#idByTag.get(tagIndex(topic.tags.remote))
    const remote = id === undefined ? undefined : this.#byId.get(id)
    if (remote?.topic === topic) remote.topic = undefined
  }

  clear(): void {
    this.#byId.clear()
    this.#idByTag.clear()
  }
}
