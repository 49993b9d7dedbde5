import type { Peersockets } from 'peersockets'
import { Garbage } from '../../exchange/garbage.js'
import { Ledger } from '../../exchange/ledger.js'
import { lazily, type Party, partyOf, type SayingTopic, sayingTopics } from '../../exchange/party.js'
import type { Round } from '../../scenario.js'
import {
  type AnyNetwork,
  createMemoryMembers,
  type MemoryMembers,
  type MemoryStackName
} from '../../stacks.js'

type Create = (network: AnyNetwork) => Peersockets

const BREAKS = 100
const BURST = 60
/**
 * What two peers send each other until each knows what the other is in: three chunks of handshake, and from each side an
 * announcement, HELLO, its OPENs, and its ACCEPTs. A secret stream begins with a header, and Protomux announces by itself
 * each of two protocols: that of the public topic, and wire v1.
 */
const MEETING_CHUNKS: Record<MemoryStackName, number> = { memory: 3 + 2 * 4, 'hyperswarm-memory': 3 + 2 * 6 }
/** Turns of the event loop in which all that is under way in memory arrives, many times over. */
const TURNS = 60

/** Connections in memory are broken at random moments, hundreds of times, while both sides do what they like. */
export function breakInMemory(stack: MemoryStackName) {
  return async (round: Round, create: Create): Promise<void> => {
    const network = await createMemoryMembers(stack, { connected: false })
    try {
      await new Trial(round, network, create, MEETING_CHUNKS[stack]).run()
    } finally {
      await network.close()
    }
  }
}

class Trial {
  readonly #round: Round
  readonly #network: MemoryMembers
  readonly #ledger: Ledger
  readonly #topics: readonly SayingTopic[]
  readonly #parties: readonly [Party, Party]
  readonly #garbage = new Garbage()
  readonly #meetingChunks: number
  #chunks = 0

  constructor(round: Round, network: MemoryMembers, create: Create, meetingChunks: number) {
    const { random } = round
    const ledger = new Ledger(what => round.fault(what))
    const topics = sayingTopics(lazily(() => (random.oneIn(2) ? 0 : random.integer(1, 4))))
    const [ada, bob] = network.members.map((member, at) =>
      partyOf(member, { name: at === 0 ? 'ada' : 'bob', topics, round, ledger }, create)
    )
    if (ada === undefined || bob === undefined) throw new RangeError('There are two.')
    this.#round = round
    this.#network = network
    this.#ledger = ledger
    this.#topics = topics
    this.#meetingChunks = meetingChunks
    this.#parties = [ada, bob]
    network.attack(chunk => {
      this.#chunks++
      return chunk
    })
  }

  async run(): Promise<void> {
    let listeners: string | undefined
    for (let n = 0; n < BREAKS; n++) {
      await this.#connect()
      const [stream] = this.#network.streams(0, 1)
      this.#garbage.note(stream)
      // After some, so that what is only there once is there.
      if (n === 10) listeners = this.#listeners()
      if (n > 10 && this.#listeners() !== listeners) {
        this.#round.fault(`Listeners have become more: ${this.#listeners()} after ${listeners}.`)
        listeners = this.#listeners()
      }
      await this.#act()
      await this.#network.cut(0, 1)
      this.#round.count('connections broken in memory')
      for (const party of this.#parties)
        if (party.meets() > 0) this.#round.fault(`${party.name} still sees who is gone.`)
    }
    await this.#connect()
    await this.#exchange()
    this.#round.count('messages said', this.#ledger.said)
    this.#round.count('messages heard', this.#ledger.heard)
    await Promise.all(this.#parties.map(party => party.stop()))
    for (const { emitter } of this.#network.members) {
      if (emitter.eventNames().length > 0)
        this.#round.fault(`Listeners stay after stop: ${emitter.eventNames().join(', ')}.`)
    }
    await this.#network.cut(0, 1)
    // The last one may still be held by what has just run.
    const left = await this.#garbage.left()
    if (left > 3) this.#round.fault(`${left} connections that are gone are still in memory.`)
  }

  /** A connection comes up, and nobody sends anything before presence is right. */
  async #connect(): Promise<void> {
    this.#chunks = 0
    await this.#network.heal(0, 1)
    for (let turn = 0; turn < TURNS && !this.#allMet(); turn++) await turnOver()
    if (!this.#allMet())
      this.#round.fault(`Presence is not right: ${this.#parties.map(party => party.meets()).join(', ')}.`)
    else if (this.#chunks > this.#meetingChunks)
      this.#round.fault(`It took ${this.#chunks} chunks until presence was right.`)
  }

  #allMet(): boolean {
    return this.#parties.every(party => party.meets() === this.#topics.length)
  }

  /** What happens until the connection breaks, which may be in the middle of it. */
  async #act(): Promise<void> {
    const { random } = this.#round
    for (let left = random.integer(0, BURST); left > 0; left--) {
      const [party, other] = random.oneIn(2) ? this.#parties : this.#parties.toReversed()
      if (party === undefined || other === undefined) continue
      const topic = random.pick(this.#topics)
      if (random.oneIn(25)) await party.restart(random.oneIn(2))
      else if (random.oneIn(12)) party.rejoin(topic)
      else party.say(topic, other)
      if (random.oneIn(6)) await turnOver()
    }
  }

  /** Everything that is said on a connection that stays up is heard. */
  async #exchange(): Promise<void> {
    const [ada, bob] = this.#parties
    const said = this.#topics.flatMap(topic =>
      Array.from({ length: 20 }, () => [ada.say(topic, bob).message, bob.say(topic, ada).message]).flat()
    )
    for (let turn = 0; turn < 1000 && !said.every(one => this.#ledger.hasHeard(one)); turn++) await turnOver()
    const lost = said.filter(one => !this.#ledger.hasHeard(one))
    if (lost.length > 0) this.#round.fault(`${lost.length} messages on a good connection were lost.`)
  }

  #listeners(): string {
    const [near, far] = this.#network.streams(0, 1)
    return [...this.#network.members.map(({ emitter }) => emitter), near, far]
      .map(emitter =>
        ['handshake', 'connection', 'stream-closed', 'close', 'extensions']
          .map(name => emitter.listenerCount(name))
          .join(' ')
      )
      .join(' | ')
  }
}

function turnOver(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
