import type { Direction } from '@peersockets/testing'
import { type Harm, Ledger } from './ledger.js'
import { LonePair, type Stack } from './lone-pair.js'
import { Party, type TopicSpec } from './party.js'

/** One bit of a connection. */
export interface Bit {
  readonly direction: Direction
  /** From the first byte of the handshake. */
  readonly byte: number
  /** From 0 to 7. */
  readonly bit: number
}

/** What came of the exchange on one connection. */
export interface Outcome {
  /** Whether the bit came by, to be flipped. */
  readonly flipped: boolean
  readonly said: number
  /** Messages that arrived as they were said. */
  readonly intact: number
  readonly harms: readonly TopicHarm[]
  /** Rooms with the other peer in them in the end, at both ends together; and after the connection was cut. */
  readonly present: number
  readonly left: number
  /** Every extension that was announced, by either. */
  readonly announced: ReadonlySet<string>
  /** Bytes that were sent each way, and how many of them are handshake. */
  readonly sent: Readonly<Record<Direction, number>>
  readonly handshake: Readonly<Record<Direction, number>>
}

export interface TopicHarm {
  readonly topic: TopicSpec
  readonly harm: Harm
}

/**
 * The same short exchange again and again, each time on a new connection: two peers meet, greet each other on every topic
 * before anything is agreed on, and then say something more on those that are signed.
 */
export class Exchange {
  static async create(stack: Stack, topics: readonly TopicSpec[]): Promise<Exchange> {
    return new Exchange(await LonePair.create(stack), topics)
  }

  readonly parties: readonly Party[]
  readonly #pair: LonePair
  readonly #topics: readonly TopicSpec[]
  readonly #ledger = new Ledger()
  #harms: TopicHarm[] = []
  #intact = 0

  private constructor(pair: LonePair, topics: readonly TopicSpec[]) {
    this.#pair = pair
    this.#topics = topics
    this.parties = pair.networkers.map((networker, place) => {
      const party = new Party({
        place,
        networkers: pair.networkers,
        topics,
        ledger: this.#ledger,
        onheard: (topic, harm) => {
          if (harm === undefined) this.#intact++
          else this.#harms.push({ topic, harm })
        }
      })
      networker.on('handshake', () => {
        for (const topic of topics) party.say(topic, 1 - place)
      })
      return party
    })
  }

  /** Once more, on a new connection. `bit` is flipped on the path. */
  async run(bit?: Bit): Promise<Outcome> {
    this.#ledger.forget()
    this.#harms = []
    this.#intact = 0
    let flipped = false
    this.#pair.attack = (chunk, passage) => {
      if (bit === undefined || passage.direction !== bit.direction) return chunk
      const at = bit.byte - passage.offset
      if (at < 0 || at >= chunk.length) return chunk
      flipped = true
      chunk.writeUInt8(chunk.readUInt8(at) ^ (1 << bit.bit), at)
      return chunk
    }
    await this.#pair.connect()
    for (const [place, party] of this.parties.entries()) {
      if (!party.isConnected(1 - place)) continue
      for (const topic of this.#topics) if (topic.signed) party.say(topic, 1 - place)
    }
    await this.#pair.quiet()
    const { sent, handshake, announced } = this.#pair
    const present = this.#present
    await this.#pair.cut()
    return {
      flipped,
      said: this.#ledger.size,
      intact: this.#intact,
      harms: this.#harms,
      present,
      left: this.#present,
      announced,
      sent,
      handshake
    }
  }

  get #present(): number {
    return this.parties.reduce((sum, { present }) => sum + present, 0)
  }

  close(): Promise<void> {
    return this.#pair.close()
  }
}

/** Every bit of an exchange, in order. */
export function bitsOf({ sent }: Pick<Outcome, 'sent'>): Bit[] {
  const directions: readonly Direction[] = ['up', 'down']
  return directions.flatMap(direction =>
    Array.from({ length: 8 * sent[direction] }, (_, n) => ({ direction, byte: n >> 3, bit: n & 7 }))
  )
}
