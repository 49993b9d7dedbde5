import type { Peersockets } from 'peersockets'
import { Ledger } from '../../exchange/ledger.js'
import { lazily, type Party, partyOf, type SayingTopic, sayingTopics } from '../../exchange/party.js'
import { until } from '../../exchange/until.js'
import type { Round } from '../../scenario.js'
import { type AnyNetwork, createCrossing, createMembers, type Member, type StackName } from '../../stacks.js'

type Create = (network: AnyNetwork) => Peersockets

const BREAKS = 12
const MESSAGES = 600

/** The same over real sockets: broken, closed while they send, and connected twice. */
export function breakOverSockets(stack: StackName) {
  return async (round: Round, create: Create): Promise<void> => {
    await breakSockets(stack, round, create)
    await closeAndDouble(stack, round, create)
  }
}

function begin(round: Round, members: readonly Member[], create: Create) {
  const { random } = round
  const ledger = new Ledger(what => round.fault(what))
  const topics = sayingTopics(lazily(() => (random.oneIn(2) ? 0 : random.integer(1, 4))))
  const [ada, bob] = members.map((member, at) =>
    partyOf(member, { name: at === 0 ? 'ada' : 'bob', topics, round, ledger }, create)
  )
  if (ada === undefined || bob === undefined) throw new RangeError('There are two.')
  const met = () => [ada, bob].every(party => party.meets() === topics.length)
  return { ledger, topics, ada, bob, met }
}

/** Sockets are cut and streams are destroyed in the middle of bursts. */
async function breakSockets(stack: StackName, round: Round, create: Create): Promise<void> {
  const { random } = round
  const network = await createMembers(stack)
  try {
    const { ledger, topics, ada, bob, met } = begin(round, network.members, create)
    for (let n = 0; n < BREAKS; n++) {
      await until(met, 'Presence is not right after a connection came up')
      const talking = Promise.all([burst(round, topics, ada, bob), burst(round, topics, bob, ada)])
      for (let turns = random.integer(0, 10); turns > 0; turns--) await turnOver()
      if (random.oneIn(2)) {
        await network.cut(0, 1)
        await network.heal(0, 1)
      } else {
        const streams = network.streams(0, 1)
        const closed = streams.map(stream => new Promise(resolve => stream.once('close', resolve)))
        random.pick(streams).destroy()
        // Hyperswarm does not dial whom it still takes to be connected.
        await Promise.all(closed)
        await network.allConnected()
      }
      round.count(`connections broken over sockets: ${stack}`)
      await talking
    }
    await until(met, 'Presence is not right in the end')
    await exchange(topics, ledger, ada, bob)
    round.count('messages said', ledger.said)
    round.count('messages heard', ledger.heard)
    await Promise.all([ada.stop(), bob.stop()])
  } finally {
    await network.close()
  }
}

/** Two that dial each other from both sides, and drop what they have twice while they talk; then one is closed. */
async function closeAndDouble(stack: StackName, round: Round, create: Create): Promise<void> {
  const crossing = await createCrossing(stack)
  try {
    const { ledger, topics, ada, bob, met } = begin(round, crossing.members, create)
    let connections = 0
    let talking: Promise<unknown> = Promise.resolve()
    for (const [at, member] of crossing.members.entries()) {
      const [party, other] = at === 0 ? [ada, bob] : [bob, ada]
      member.onstream(() => {
        connections++
        talking = Promise.all([talking, burst(round, topics, party, other)])
      })
    }
    crossing.dial()
    await until(met, 'Presence is not right after both have dialled')
    await talking
    await until(met, 'Presence is not right after one connection was dropped')
    round.count(`connections of two that dial each other: ${stack}`, connections)
    await exchange(topics, ledger, ada, bob)
    const last = burst(round, topics, ada, bob)
    for (let turns = round.random.integer(0, 5); turns > 0; turns--) await turnOver()
    await crossing.stop(0)
    await last
    await until(() => bob.meets() === 0, 'Who was closed is still seen')
    round.count(`closed while sending: ${stack}`)
    await Promise.all([ada.stop(), bob.stop()])
  } finally {
    await crossing.close()
  }
}

async function burst(
  { random }: Round,
  topics: readonly SayingTopic[],
  from: Party,
  to: Party
): Promise<void> {
  for (let left = random.integer(1, MESSAGES); left > 0; left--) {
    const { room } = from.say(random.pick(topics), to)
    if (!room || random.oneIn(20)) await turnOver()
  }
}

/** Everything that is said on a connection that stays up is heard. */
async function exchange(
  topics: readonly SayingTopic[],
  ledger: Ledger,
  ada: Party,
  bob: Party
): Promise<void> {
  const said = topics.flatMap(topic =>
    Array.from({ length: 20 }, () => [ada.say(topic, bob).message, bob.say(topic, ada).message]).flat()
  )
  await until(
    () => said.every(one => ledger.hasHeard(one)),
    'Not everything that was said on a good connection was heard'
  )
}

function turnOver(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
