/** Protocols that are remembered, and the longest name of one, in characters: a peer may open what it likes. */
const MAX_REMEMBERED = 256
const MAX_NAME_LENGTH = 512

/** One of those who hear what the peer opens. */
interface Hearer {
  readonly listener: (protocol: string) => void
  gone: boolean
}

/** What the peer has opened on one stream, as far as it is remembered, and who hears of it. */
export class AnnouncedNames {
  readonly #remembered = new Set<string>()
  /** Replaced, never changed in place. */
  #hearers: readonly Hearer[] = []

  add(protocol: string): void {
    if (this.#remembered.size < MAX_REMEMBERED && protocol.length <= MAX_NAME_LENGTH)
      this.#remembered.add(protocol)
    for (const hearer of this.#hearers) if (!hearer.gone) hearer.listener(protocol)
  }

  /** The peer has opened what we had asked for: news, unless it had opened it before, and we refused. */
  addAnswer(protocol: string): void {
    if (!this.#remembered.has(protocol)) this.add(protocol)
  }

  /** Calls back with each name from now on, and soon with those that are remembered. Gives what ends that. */
  hear(listener: (protocol: string) => void): () => void {
    const hearer: Hearer = { listener, gone: false }
    const earlier = [...this.#remembered]
    this.#hearers = [...this.#hearers, hearer]
    queueMicrotask(() => {
      for (const protocol of earlier) if (!hearer.gone) listener(protocol)
    })
    return () => {
      hearer.gone = true
      this.#hearers = this.#hearers.filter(other => other !== hearer)
    }
  }
}
