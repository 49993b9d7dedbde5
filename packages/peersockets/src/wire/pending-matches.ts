import { startTimeout, type Timeout } from '../timeout.js'
import { ACCEPT_TIMEOUT_MS } from './bounds.js'
import type { Match, PrivateTopic } from './private-topic.js'

/** How often in a row a topic is opened anew because the peer does not accept it. */
const MAX_ATTEMPTS = 3

/** Matches that the peer has not accepted yet. An ACCEPT can be lost or changed on the way, and neither side would know. */
export class PendingMatches {
  readonly #onoverdue: (topic: PrivateTopic) => void
  /** How often each topic was opened anew since the peer last accepted it. */
  #attempts = new WeakMap<PrivateTopic, number>()
  #timer: Timeout | undefined
  #older = new Set<Match>()
  #newer = new Set<Match>()

  /** `onoverdue`: a match has waited for as long as half of {@link ACCEPT_TIMEOUT_MS} at least, and no longer than all of it. */
  constructor(onoverdue: (topic: PrivateTopic) => void) {
    this.#onoverdue = onoverdue
  }

  add(match: Match): void {
    this.#newer.add(match)
    this.#timer ??= startTimeout(() => this.#ontimeout(), ACCEPT_TIMEOUT_MS / 2)
  }

  delete(match: Match): void {
    if (!this.#newer.delete(match)) this.#older.delete(match)
  }

  /** The peer has accepted a match. */
  accept(match: Match): void {
    this.delete(match)
    this.#attempts.delete(match.topic)
  }

  clear(): void {
    this.#older.clear()
    this.#newer.clear()
    this.#attempts = new WeakMap()
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #ontimeout(): void {
    const overdue = new Set([...this.#older].map(({ topic }) => topic))
    this.#older = this.#newer
    this.#newer = new Set()
    this.#timer = undefined
    if (this.#older.size > 0) this.#timer = startTimeout(() => this.#ontimeout(), ACCEPT_TIMEOUT_MS / 2)
    for (const topic of overdue) {
      const attempts = this.#attempts.get(topic) ?? 0
      this.#attempts.set(topic, attempts + 1)
      if (attempts < MAX_ATTEMPTS) this.#onoverdue(topic)
    }
  }
}
