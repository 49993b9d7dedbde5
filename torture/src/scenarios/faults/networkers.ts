import { createBootstrap, createNetwork, createNetworker, type Networker } from '@peersockets/testing'
import type { Peersockets } from 'peersockets'
import { Ledger } from '../../exchange/ledger.js'
import { lazily, type Party, partyOf, type SayingTopic, sayingTopics } from '../../exchange/party.js'
import { until } from '../../exchange/until.js'
import type { Round } from '../../scenario.js'
import { type AnyNetwork, networkerMember } from '../../stacks.js'

type Create = (network: AnyNetwork) => Peersockets

const BREAKS = 12
const MESSAGES = 600

/** The same over real networkers: broken, closed while they send, and connected twice. */
export async function breakNetworkers(round: Round, create: Create): Promise<void> {
  await breakSockets(round, create)
  await closeAndDouble(round, create)
}

function begin(round: Round, networkers: readonly Networker[], create: Create) {
  const { random } = round
  const ledger = new Ledger(what => round.fault(what))
  const topics = sayingTopics(lazily(() => (random.oneIn(2) ? 0 : random.integer(1, 4))))
  const [ada, bob] = networkers.map((networker, at) =>
    partyOf(networkerMember(networker), { name: at === 0 ? 'ada' : 'bob', topics, round, ledger }, create)
  )
  if (ada === undefined || bob === undefined) throw new RangeError('There are two.')
  const met = () => [ada, bob].every(party => party.meets() === topics.length)
  return { ledger, topics, ada, bob, met }
}

/** Sockets are cut and streams are destroyed in the middle of bursts. */
async function breakSockets(round: Round, create: Create): Promise<void> {
  const { random } = round
  const network = await createNetwork({ stack: 'networker' })
  try {
    const { ledger, topics, ada, bob, met } = begin(round, network.networkers, create)
    for (let n = 0; n < BREAKS; n++) {
      await until(met, 'Presence is not right after a connection came up')
      const talking = Promise.all([burst(round, topics, ada, bob), burst(round, topics, bob, ada)])
      for (let turns = random.integer(0, 10); turns > 0; turns--) await turnOver()
      if (random.oneIn(2)) {
        await network.cut(0, 1)
        await network.heal(0, 1)
      } else {
        random.pick(network.streams(0, 1)).destroy()
        await until(() => !met(), 'Nobody sees that the connection is gone')
        await network.allConnected()
      }
      round.count('connections broken over sockets')
      await talking
    }
    await until(met, 'Presence is not right in the end')
    await exchange(topics, ledger, ada, bob)
    round.count('messages said', ledger.said)
    round.count('messages heard', ledger.heard)
    for (const party of [ada, bob]) party.stop()
  } finally {
    await network.close()
  }
}

/** Two that dial each other from both sides, and drop what they have twice while they talk; then one is closed. */
async function closeAndDouble(round: Round, create: Create): Promise<void> {
  const bootstrap = await createBootstrap()
  const networkers: Networker[] = []
  try {
    for (let n = 0; n < 2; n++)
      networkers.push(await createNetworker({ bootstrap: bootstrap.address, mdns: true }))
    const { ledger, topics, ada, bob, met } = begin(round, networkers, create)
    const [first, second] = networkers
    if (first === undefined || second === undefined) throw new RangeError('There are two.')
    let connections = 0
    let talking: Promise<unknown> = Promise.resolve()
    for (const [networker, party, other] of [
      [first, ada, bob],
      [second, bob, ada]
    ] as const) {
      networker.on('peer-add', () => {
        connections++
        talking = Promise.all([talking, burst(round, topics, party, other)])
      })
      void networker.configure(Buffer.alloc(32, 'doubled'), { flush: false })
    }
    await until(met, 'Presence is not right after both have dialled')
    await talking
    await until(met, 'Presence is not right after one connection was dropped')
    round.count('connections of two that dial each other', connections)
    await exchange(topics, ledger, ada, bob)
    const last = burst(round, topics, ada, bob)
    for (let turns = round.random.integer(0, 5); turns > 0; turns--) await turnOver()
    await first.close()
    await last
    await until(() => bob.meets() === 0, 'Who was closed is still seen')
    round.count('networkers closed while sending')
    for (const party of [ada, bob]) party.stop()
  } finally {
    await Promise.all(networkers.map(networker => networker.close()))
    await bootstrap.close()
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
