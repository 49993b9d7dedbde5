import type { Peer } from 'peersockets'
import * as z from 'zod'

/** A message that says of itself where it belongs. */
export const saying = z.object({
  from: z.string(),
  to: z.string(),
  topic: z.string(),
  /** Which life of its sender it is from: nothing is promised of the order in which messages of two `Peersockets` arrive. */
  life: z.number().int(),
  /** Counts what was said from one to another on one topic, from 0. */
  n: z.number().int()
})
export type Saying = z.infer<typeof saying>

/** What was said and heard in a round; tells what is heard that must not be. */
export class Ledger {
  readonly #fault: (what: string) => void
  readonly #said = new Map<string, number>()
  readonly #heard = new Map<string, Set<number>>()
  /** The last that came on a topic of a connection, by who said it. */
  readonly #last = new WeakMap<Peer, Map<string, number>>()

  constructor(fault: (what: string) => void) {
    this.#fault = fault
  }

  get said(): number {
    return [...this.#said.values()].reduce((sum, count) => sum + count, 0)
  }

  get heard(): number {
    return [...this.#heard.values()].reduce((sum, { size }) => sum + size, 0)
  }

  /** The next message from one, in its present life, to another. It counts as said, also when it cannot be sent. */
  say(from: string, to: string, topic: string, life = 0): Saying {
    const way = wayOf({ from, to, topic })
    const n = this.#said.get(way) ?? 0
    this.#said.set(way, n + 1)
    return { from, to, topic, life, n }
  }

  /** `at` has heard a message on `topic`, from `peer`. */
  hear(message: Saying, at: string, topic: string, peer: Peer): void {
    const way = wayOf(message)
    const heard = this.#heard.get(way) ?? new Set()
    this.#heard.set(way, heard)
    const what = `${way} ${message.n}`
    if (message.to !== at || message.topic !== topic)
      this.#fault(`Misrouted: ${what} came to ${at} on ${topic}.`)
    if (message.n >= (this.#said.get(way) ?? 0)) this.#fault(`Never said: ${what}.`)
    if (heard.has(message.n)) this.#fault(`Twice: ${what}.`)
    heard.add(message.n)
    const last = this.#last.get(peer) ?? new Map<string, number>()
    this.#last.set(peer, last)
    const ofLife = `${way} ${message.life}`
    if (message.n <= (last.get(ofLife) ?? -1)) this.#fault(`Out of order: ${what} after ${last.get(ofLife)}.`)
    last.set(ofLife, message.n)
  }

  /** Whether just that has been heard. */
  hasHeard(message: Saying): boolean {
    return this.#heard.get(wayOf(message))?.has(message.n) ?? false
  }
}

function wayOf({ from, to, topic }: Omit<Saying, 'n' | 'life'>): string {
  return `${from} to ${to} on ${topic}`
}
