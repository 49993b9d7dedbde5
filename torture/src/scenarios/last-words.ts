import { type Peer, Peersockets, type TopicHandle } from 'peersockets'
import { until } from '../exchange/until.js'
import type { Round, Scenario } from '../scenario.js'
import { STACKS, type StackName } from '../stacks.js'
import { SpeakerProcess } from './last-words/speaker-process.js'
import { speechOf, topics, wordOf } from './last-words/words.js'
import { dhtOf } from './processes/dht.js'
import { joinNetwork, type NetworkPeer } from './processes/join-network.js'

/** Of a round, on each network. */
const SPEAKERS = 5
/** How many of them are there at a time: most of what they do is to start. */
const LANES = 2
/** Until a process has found the listener, has said what it has to say, and has ended, in milliseconds. */
const PATIENCE_MS = 60_000
/** What the listener has not heard so long after the process was gone is lost, in milliseconds. */
const LATE_MS = 5000
/** No peer is waited for in vain: then it takes no longer than what is on its way. */
const MOST_STOPPING_MS = 5000

/** Processes that end as soon as they have waited for what they have said. */
export const lastWords = lastWordsOf('patient')

/** The same with speakers that are `hasty`: they close their network without waiting. */
export function lastWordsOf(
  manner: 'patient' | 'hasty',
  speakers = SPEAKERS,
  stacks: readonly StackName[] = STACKS
): Scenario {
  return {
    name: 'last-words',
    title:
      'what a process says before it stops, closes its network and ends arrives, whole, once and in order',
    shortRounds: 1,
    async run(round) {
      for (const stack of stacks) await listen(stack, round, manner, speakers)
    }
  }
}

async function listen(
  stack: StackName,
  round: Round,
  manner: 'patient' | 'hasty',
  speakers: number
): Promise<void> {
  const nodes = await dhtOf(stack)
  const network = await joinNetwork(stack, nodes.bootstrap, { announce: true, lookup: false })
  const listener = new Listener(round, network)
  try {
    await network.announced()
    let n = 0
    const lane = async (): Promise<void> => {
      while (n < speakers) {
        const seed = round.seed * SPEAKERS + n++
        const speaker = new SpeakerProcess({ stack, bootstrap: nodes.bootstrap, seed, manner })
        await speaker.ended(PATIENCE_MS)
        await listener.check(speaker, seed, stack)
      }
    }
    await Promise.all(Array.from({ length: LANES }, lane))
  } finally {
    await listener.stop()
    await network.close()
    await nodes.close()
  }
}

/** Somebody who is in all topics. */
class Listener {
  readonly #round: Round
  readonly #sockets: Peersockets
  readonly #rooms: readonly TopicHandle<Buffer>[]
  /** By the key of the speaker: each message, with the place of its topic. */
  readonly #heard = new Map<string, { readonly topic: number; readonly message: Buffer }[]>()

  constructor(round: Round, { member }: NetworkPeer) {
    this.#round = round
    this.#sockets = new Peersockets(member.network())
    this.#sockets.on('reject', ({ code, message, topic }) =>
      round.fault(`The listener was told ${code} on ${topic}: ${message}`)
    )
    this.#rooms = topics.map((topic, place) =>
      this.#sockets.join(topic, { onmessage: (message, peer) => this.#hear(place, message, peer) })
    )
  }

  /** Looks at what was heard of a process that has ended. */
  async check({ report }: SpeakerProcess, seed: number, stack: StackName): Promise<void> {
    const { count, fault } = this.#round
    const { moment, words } = speechOf(seed)
    const speech = `speech ${seed} on ${stack} (${moment})`
    if (report === undefined)
      return fault(`${speech}: the process has not said it, or has not ended by itself.`)
    if (report.event === 'fault') return fault(`${speech}: ${report.what}`)
    const heard = this.#heard.get(report.key) ?? []
    // What is late arrives; what is lost is told below.
    await until(() => heard.length >= words.length, '', LATE_MS).catch(() => undefined)
    for (const place of topics.keys()) {
      const said = [...words.entries()].filter(([, { topic }]) => topic === place)
      const came = heard.filter(({ topic }) => topic === place)
      const isRight =
        said.length === came.length &&
        said.every(([n, { bytes }], at) => came[at]?.message.equals(wordOf(n, bytes)))
      if (isRight) continue
      const numbers = came.map(({ message }) => (message.length < 4 ? -1 : message.readUInt32BE()))
      fault(
        `${speech}: in ${topics[place]?.name} was said ${said.map(([n]) => n).join()}, and heard ${numbers.join()}.`
      )
    }
    if (report.milliseconds > MOST_STOPPING_MS)
      fault(`${speech}: it took ${Math.round(report.milliseconds)} ms to stop.`)
    await until(() => !this.#sees(report.key), `${speech}: it is still seen`)
    this.#heard.delete(report.key)
    count(`processes that ended: ${stack}, ${moment}`)
    count('messages heard', words.length)
  }

  async stop(): Promise<void> {
    await this.#sockets.stop()
  }

  #sees(key: string): boolean {
    return this.#rooms.some(({ peers }) =>
      [...peers].some(({ remotePublicKey }) => remotePublicKey.toString('hex') === key)
    )
  }

  #hear(topic: number, message: Buffer, { remotePublicKey }: Peer): void {
    const key = remotePublicKey.toString('hex')
    const heard = this.#heard.get(key) ?? []
    this.#heard.set(key, heard)
    // A copy of its own, because it is kept.
    heard.push({ topic, message: Buffer.from(message) })
  }
}
