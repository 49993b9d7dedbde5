import { createNetwork } from '@peersockets/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Conversation, type Talk } from '../path/conversation.js'
import { CRUDE_ATTACKS } from '../path/crude.js'
import { FORGERIES } from '../path/forgeries.js'
import type { TopicSpec } from '../path/party.js'
import { Random } from '../random.js'

/** More than any of them takes to come to its aim, by far. */
const TALKS = 40

/** Two topics on each wire; what is done to them is the same for all seeds that it takes to see it. */
async function converse(signed: boolean, seed: number): Promise<Conversation> {
  const network = await createNetwork({ stack: 'memory', peers: 3, connected: false })
  onTestFinished(() => network.close())
  const topics: TopicSpec[] = [true, false].flatMap(isPrivate =>
    ['a', 'd'].map(name => ({ name: `${name}${isPrivate ? 1 : 2}`, private: isPrivate, signed }))
  )
  return new Conversation(network, topics, new Random(seed))
}

async function talkUntil(
  conversation: Conversation,
  attacker: Parameters<Conversation['talk']>[0],
  enough: (talks: readonly Talk[]) => boolean
): Promise<readonly Talk[]> {
  const talks: Talk[] = []
  do talks.push(await conversation.talk(attacker))
  while (!enough(talks) && talks.length < TALKS)
  return talks
}

describe.each(FORGERIES)('on the path, $name', forgery => {
  const { bite, wires } = forgery

  test.each(wires)(`has its way on wire %s where nothing is signed: ${bite}`, async wire => {
    const conversation = await converse(false, 1)
    const bitten = ({ harms, done, said, intact }: Talk) =>
      bite === 'silence'
        ? done > 0 && intact < said
        : harms.some(({ topic, harm }) => harm === bite && topic.private === (wire === 'v1'))
    const talks = await talkUntil(conversation, forgery, talks => talks.some(bitten))
    expect(talks.some(bitten), JSON.stringify(talks.map(({ done }) => done))).toBe(true)
  })

  test('does nothing to what is signed but keep it from arriving, and no more once it has stopped', async () => {
    const conversation = await converse(true, 2)
    const talks = await talkUntil(
      conversation,
      forgery,
      talks => talks.filter(({ done }) => done > 0).length > 2
    )
    expect(talks.some(({ done }) => done > 0)).toBe(true)
    expect(talks.flatMap(({ harms }) => harms)).toEqual([])
    const { said, intact } = await conversation.talk()
    expect(intact).toBe(said)
    for (const { miscounted } of conversation.parties) expect(miscounted).toEqual([])
  })
})

describe.each(CRUDE_ATTACKS)('on the path, $name', attack => {
  test('keeps messages from arriving, or makes others of them, where nothing is signed', async () => {
    const talks = await talkUntil(await converse(false, 3), attack, talks =>
      talks.some(({ said, intact }) => intact < said)
    )
    expect(talks.some(({ said, intact, done }) => done > 0 && intact < said)).toBe(true)
  })

  test('does nothing to what is signed but keep it from arriving, and no more once it has stopped', async () => {
    const conversation = await converse(true, 4)
    const talks = await talkUntil(
      conversation,
      attack,
      talks => talks.filter(({ done }) => done > 0).length > 2
    )
    expect(talks.some(({ done }) => done > 0)).toBe(true)
    expect(talks.flatMap(({ harms }) => harms)).toEqual([])
    const { said, intact } = await conversation.talk()
    expect(intact).toBe(said)
  })
})
