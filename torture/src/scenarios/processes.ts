import { until } from '../exchange/until.js'
import type { Round, Scenario } from '../scenario.js'
import { STACKS, type StackName } from '../stacks.js'
import { dhtOf } from './processes/dht.js'
import { PeerProcess } from './processes/peer-process.js'

/** Over UDP it takes seconds until anybody sees that somebody was killed. */
const KILLS: Record<StackName, number> = { networker: 2, hyperswarm: 1 }
const TOPICS = 3
/** What each has to hear of the other on every topic, before one of them is ended. */
const MESSAGES = 100

/** Processes that are ended while both sides send, and others that take their place. */
export const processes = processesOf('honest')

/** The same with peers that do not behave: `repeats` says some messages twice. */
export function processesOf(
  manner: 'honest' | 'repeats',
  kills: Record<StackName, number> = KILLS,
  stacks: readonly StackName[] = STACKS
): Scenario {
  return {
    name: 'processes',
    title:
      'when a process is killed while both send, the other sees it leave, and exchanges with the one that comes next',
    shortRounds: 1,
    async run(round) {
      for (const stack of stacks) await onNetwork(stack, round, manner, kills[stack])
    }
  }
}

async function onNetwork(stack: StackName, round: Round, manner: string, kills: number): Promise<void> {
  const nodes = await dhtOf(stack)
  const running = new Set<PeerProcess>()
  try {
    await killAndReplace(round, kills, running, () => {
      const started = new PeerProcess({ stack, bootstrap: nodes.bootstrap, manner })
      running.add(started)
      return started
    })
  } finally {
    await Promise.all([...running].map(one => one.kill()))
    for (const one of running) for (const what of one.faults) round.fault(`${stack}: ${what}`)
    await nodes.close()
  }
}

async function killAndReplace(
  { random, count, fault }: Round,
  kills: number,
  running: Set<PeerProcess>,
  start: () => PeerProcess
): Promise<void> {
  let survivor = start()
  // Two that announce themselves at the same time may both look too early, and hyperswarm takes minutes to look again.
  await until(() => survivor.key !== '' || survivor.ended, 'A process does not come up')
  let other = start()
  await talking(survivor, other)
  for (let n = 0; n < kills; n++) {
    if (random.oneIn(2)) [survivor, other] = [other, survivor]
    await new Promise(resolve => setTimeout(resolve, random.integer(0, 30)))
    await other.kill()
    running.delete(other)
    for (const what of other.faults) fault(what)
    count('processes killed')
    count('messages heard', other.messagesHeard)
    await until(() => survivor.sees(other.key) === 0, 'The survivor still sees who was killed')
    other = start()
    await talking(survivor, other)
  }
  count('messages heard', survivor.messagesHeard + other.messagesHeard)
}

/** Both see each other on every topic, and hear each other. */
async function talking(one: PeerProcess, other: PeerProcess): Promise<void> {
  const gone = () => one.ended || other.ended
  const hear = (who: PeerProcess, whom: PeerProcess) =>
    whom.key !== '' && who.sees(whom.key) === TOPICS && who.heardFrom(whom.key, MESSAGES) === TOPICS
  await until(
    () => gone() || (hear(one, other) && hear(other, one)),
    'Two processes do not exchange on every topic both ways'
  )
  if (gone()) throw new Error('A process has ended by itself; what it had to say stands above.')
}
