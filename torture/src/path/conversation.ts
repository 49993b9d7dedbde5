import type { Attack } from '@peersockets/testing'
import type { Random } from '../random.js'
import type { CrudeAttack } from './crude.js'
import { Forger, type Forgery } from './forger.js'
import { KnownPlaintext } from './known-plaintext.js'
import { type Harm, Ledger } from './ledger.js'
import { type AnyNetworker, Party, type TopicSpec } from './party.js'

/** A network whose connections are neither authenticated nor closed to an attacker, real or in memory. */
export interface AttackableNetwork {
  readonly networkers: readonly AnyNetworker[]
  attack(attack: Attack): void
  cut(one: number, other: number): Promise<void>
  heal(one: number, other: number): Promise<void>
}

/** What came of one talk. */
export interface Talk {
  readonly said: number
  /** Messages that arrived as they were said. */
  readonly intact: number
  readonly harms: readonly { readonly topic: TopicSpec; readonly harm: Harm }[]
  /** How often the attacker did what he was to do; as far as he can know. */
  readonly done: number
}

/** Bursts of a talk, and messages of one burst on one topic to one peer, at most. */
const BURSTS = 6
const BURST_MESSAGES = 2
/** Among these, lengths repeat: one frame can only take the place of another that is as long. */
const FILLINGS = [0, 0, 0, 1, 9]
/** For a machine that is busy with something else. */
const PATIENCE_MS = 20_000

/** Some peers who talk with each other on all topics, each time on new connections, while somebody is on the path. */
export class Conversation {
  readonly parties: readonly Party[]
  readonly #network: AttackableNetwork
  readonly #topics: readonly TopicSpec[]
  readonly #random: Random
  readonly #ledger = new Ledger()
  readonly #plaintext: KnownPlaintext
  readonly #forger: Forger
  #harms: Talk['harms'][number][] = []
  #intact = 0

  /** `network` is not connected yet. */
  constructor(network: AttackableNetwork, topics: readonly TopicSpec[], random: Random) {
    this.#network = network
    this.#topics = topics
    this.#random = random
    const { networkers } = network
    this.#plaintext = new KnownPlaintext(networkers)
    this.#forger = new Forger(
      this.#plaintext,
      random,
      Math.max(...[true, false].map(on => countOf(topics, on)))
    )
    network.attack(this.#plaintext.attack)
    const onheard = (topic: TopicSpec, harm: Harm | undefined) => {
      if (harm === undefined) this.#intact++
      else this.#harms.push({ topic, harm })
    }
    this.parties = networkers.map(
      (_, place) => new Party({ place, networkers, topics, ledger: this.#ledger, onheard })
    )
  }

  /** Everybody meets and talks, with an attacker or without one. In the end nobody is connected. */
  async talk(attacker?: Forgery | CrudeAttack): Promise<Talk> {
    this.#ledger.forget()
    this.#harms = []
    this.#intact = 0
    let done = 0
    if (attacker !== undefined && 'make' in attacker) {
      const attack = attacker.make(this.#random)
      this.#plaintext.onchunk = (chunk, passage) => {
        const before = Buffer.from(chunk)
        const after = attack(chunk, passage)
        if (!Buffer.isBuffer(after) || !after.equals(before)) done++
        return after
      }
    } else this.#forger.turnTo(attacker)

    await this.#eachPair((one, other) => this.#network.heal(one, other))
    for (let burst = 0; burst < BURSTS; burst++) {
      this.#burst()
      await this.#quiet()
    }
    await this.#eachPair((one, other) => this.#network.cut(one, other))

    done += this.#forger.turnTo(undefined)
    this.#plaintext.onchunk = chunk => chunk
    return { said: this.#ledger.size, intact: this.#intact, harms: this.#harms, done }
  }

  #burst(): void {
    for (const [from, party] of this.parties.entries()) {
      for (const topic of this.#topics) {
        for (const to of this.parties.keys()) {
          // An attack may have ended the connection.
          if (from === to || !party.isConnected(to) || this.#random.oneIn(2)) continue
          const filling = this.#random.pick(FILLINGS)
          for (let n = this.#random.integer(1, BURST_MESSAGES); n > 0; n--) party.say(topic, to, filling)
        }
      }
    }
  }

  async #quiet(): Promise<void> {
    const patience = Date.now() + PATIENCE_MS
    do {
      await new Promise(resolve => setTimeout(resolve, 1))
      if (Date.now() > patience) throw new Error('Something moves still, and nothing arrives.')
    } while (!this.#plaintext.quiet)
  }

  async #eachPair(act: (one: number, other: number) => Promise<void>): Promise<void> {
    const places = [...this.parties.keys()]
    const pairs = places.flatMap(one => places.flatMap(other => (one < other ? [[one, other] as const] : [])))
    await Promise.all(pairs.map(pair => act(...pair)))
  }
}

function countOf(topics: readonly TopicSpec[], isPrivate: boolean): number {
  return topics.filter(topic => topic.private === isPrivate).length
}
