import type { PrivateTopic } from './private-topic.js'

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
    return this.#byId.has(id) || this.#idByTag.has(tag)
  }

  /** Our topic of that id, if we are in it. */
  topic(id: number): PrivateTopic | undefined {
    return this.#byId.get(id)?.topic
  }

  open(id: number, tag: string, topic: PrivateTopic | undefined): void {
    this.#byId.set(id, { tag, topic })
    this.#idByTag.set(tag, id)
  }

  /** Gives our topic of that id, if we are in it. */
  close(id: number): PrivateTopic | undefined {
    const remote = this.#byId.get(id)
    if (remote === undefined) return undefined
    this.#byId.delete(id)
    this.#idByTag.delete(remote.tag)
    return remote.topic
  }

  /** We are in a topic now: gives the id under which the peer has it open, if it has. */
  claim(tag: string, topic: PrivateTopic): number | undefined {
    const id = this.#idByTag.get(tag)
    const remote = id === undefined ? undefined : this.#byId.get(id)
    if (remote !== undefined) remote.topic = topic
    return id
  }

  /** We have left a topic. */
  unclaim(topic: PrivateTopic): void {
    const id = this.#idByTag.get(topic.tags.remote)
    const remote = id === undefined ? undefined : this.#byId.get(id)
    if (remote !== undefined) remote.topic = undefined
  }

  clear(): void {
    this.#byId.clear()
    this.#idByTag.clear()
  }
}
