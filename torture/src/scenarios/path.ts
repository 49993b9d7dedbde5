import { createNetwork } from '@peersockets/testing'
import { Conversation, type Talk } from '../path/conversation.js'
import { CRUDE_ATTACKS } from '../path/crude.js'
import { FORGERIES } from '../path/forgeries.js'
import type { TopicSpec } from '../path/party.js'
import type { Round, Scenario } from '../scenario.js'

const PEERS = 3

/** On each wire two topics that are signed, and one that is not, which shows what the attacks are worth. */
const TOPICS: readonly TopicSpec[] = [true, false].flatMap(isPrivate =>
  ['a', 'd', 'g'].map((name, n) => ({
    name: `${name}${isPrivate ? 1 : 0}`,
    private: isPrivate,
    signed: n < 2
  }))
)

/** Real networkers talk on every topic, and somebody on the path does to their connections all that he can think of. */
export const path: Scenario = {
  name: 'path',
  title: 'what is signed arrives unchanged, on its topic, once and in order, or not at all',
  shortRounds: 1,
  async run(round) {
    const network = await createNetwork({ stack: 'networker', peers: PEERS })
    try {
      for (const [one, other] of [
        [0, 1],
        [0, 2],
        [1, 2]
      ] as const)
        await network.cut(one, other)
      const conversation = new Conversation(network, TOPICS, round.random)
      for (const attacker of shuffled([...FORGERIES, ...CRUDE_ATTACKS], round)) {
        const talk = await conversation.talk(attacker)
        round.count(`done: ${attacker.name}`, talk.done)
        judge(talk, attacker.name, round)
      }
      const honest = await conversation.talk()
      judge(honest, 'nobody', round)
      if (honest.intact !== honest.said)
        round.fault(`Of ${honest.said} messages, ${honest.intact} arrived when nobody attacked.`)
      for (const { miscounted, reported } of conversation.parties) {
        for (const code of miscounted) round.fault(`${code} is counted otherwise than it was reported.`)
        for (const [code, count] of reported) round.count(code, count)
      }
    } finally {
      await network.close()
    }
  }
}

function judge({ said, intact, harms }: Talk, attacker: string, round: Round): void {
  round.count('messages said', said)
  round.count('messages that arrived', intact)
  for (const { topic, harm } of harms) {
    if (topic.signed) round.fault(`A message on ${topic.name} came ${harm}, after ${attacker}.`)
    else round.count(`unsigned: ${harm}`)
  }
}

function shuffled<T>(items: readonly T[], { random }: Round): T[] {
  const left = [...items]
  return items.flatMap(() => left.splice(random.integer(0, left.length - 1), 1))
}
