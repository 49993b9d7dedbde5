import { settled } from '@peersockets/testing'
import { Peersockets } from 'peersockets'
import { Ledger, type Saying } from '../exchange/ledger.js'
import { until } from '../exchange/until.js'
import type { Round, Scenario } from '../scenario.js'
import {
  createMembers,
  createMemoryMembers,
  MEMORY_STACKS,
  type Member,
  type MemoryStackName,
  STACKS,
  type StackName
} from '../stacks.js'
import { type Create, Guest } from './rejoin/guest.js'
import { type Ground, grounds } from './rejoin/topics.js'

type AnyStack = StackName | MemoryStackName

/** How often all comes to rest, and how often something happens before that. */
const RESTS: Record<AnyStack, number> = {
  memory: 60,
  'hyperswarm-memory': 60,
  networker: 15,
  hyperswarm: 15
}
const MOST_ACTS = 60
const MOST_WORDS = 3

/** Two who join and leave topics at the same time, and send all the while. */
export const rejoin = rejoinOn(network => new Peersockets(network))

/** The same for any `Peersockets`, such as one that does not do what it should. */
export function rejoinOn(
  create: Create,
  stacks: readonly AnyStack[] = [...MEMORY_STACKS, ...STACKS]
): Scenario {
  return {
    name: 'rejoin',
    title:
      'whoever joins and leaves, however fast, nothing is misrouted, doubled, reordered or of a time that is over, and presence is right',
    shortRounds: 2,
    async run(round) {
      for (const stack of stacks) await comeAndGo(stack, round, create)
    }
  }
}

async function comeAndGo(stack: AnyStack, round: Round, create: Create): Promise<void> {
  const network = isInMemory(stack) ? await createMemoryMembers(stack) : await createMembers(stack)
  try {
    const visit = new Visit(round, network.members, create, isInMemory(stack))
    for (let rest = 0; rest < RESTS[stack]; rest++) await visit.untilRest()
    await visit.end()
    round.count(`times at rest: ${stack}`, RESTS[stack])
  } finally {
    await network.close()
  }
}

function isInMemory(stack: AnyStack): stack is MemoryStackName {
  return MEMORY_STACKS.some(name => name === stack)
}

class Visit {
  readonly #round: Round
  readonly #ledger: Ledger
  readonly #guests: readonly [Guest, Guest]
  readonly #inMemory: boolean
  #leaving: Promise<void>[] = []

  constructor(round: Round, members: readonly Member[], create: Create, inMemory: boolean) {
    this.#round = round
    this.#ledger = new Ledger(what => round.fault(what))
    const [ada, bob] = members.map(
      (member, at) => new Guest(at === 0 ? 'ada' : 'bob', member, round, this.#ledger, create)
    )
    if (ada === undefined || bob === undefined) throw new RangeError('There are two.')
    this.#guests = [ada, bob]
    this.#inMemory = inMemory
  }

  async untilRest(): Promise<void> {
    const { random } = this.#round
    for (let left = random.integer(1, MOST_ACTS); left > 0; left--) {
      this.#act(random.pick(grounds))
      // In the same tick, in the same turn of the event loop, or in another.
      if (random.oneIn(4)) await Promise.resolve()
      if (random.oneIn(4)) await turnOver()
    }
    await Promise.all(this.#leaving.splice(0))
    await this.#rest(() => this.#wrong().length === 0, 'Presence does not become right')
    for (const what of this.#wrong()) this.#round.fault(`Presence is wrong: ${what}.`)
    await this.#exchange()
    await this.#quiet()
    for (const guest of this.#guests) guest.forget()
  }

  async end(): Promise<void> {
    this.#round.count('messages said', this.#ledger.said)
    this.#round.count('messages heard', this.#ledger.heard)
    await Promise.all(this.#guests.map(guest => guest.stop()))
  }

  /** What one does in a topic, or both, without a pause. */
  #act(ground: Ground): void {
    const { random } = this.#round
    const [guest, other] = random.oneIn(2) ? this.#guests : this.#turned()
    const acts = [
      () => this.#join(guest, ground),
      () => this.#leave(guest, ground),
      () => this.#rejoin(guest, ground),
      () => {
        this.#rejoin(guest, ground)
        this.#rejoin(other, ground)
      },
      () => {
        this.#leave(guest, ground)
        this.#leave(other, ground)
        this.#join(other, ground)
        this.#join(guest, ground)
      },
      () => {
        this.#leave(guest, ground)
        this.#join(guest, random.pick(grounds))
        this.#join(other, ground)
      }
    ]
    this.#say(ground)
    random.pick(acts)()
    this.#say(ground)
  }

  #turned(): readonly [Guest, Guest] {
    const [one, other] = this.#guests
    return [other, one]
  }

  #say(ground: Ground): void {
    const { random } = this.#round
    for (let left = random.integer(0, MOST_WORDS); left > 0; left--) {
      const [from, to] = random.oneIn(2) ? this.#guests : this.#turned()
      from.say(ground, to)
    }
  }

  #join(guest: Guest, ground: Ground): void {
    guest.join(ground, () => this.#guests.find(one => one !== guest) ?? guest)
  }

  #leave(guest: Guest, ground: Ground): void {
    this.#leaving.push(guest.leave(ground))
  }

  #rejoin(guest: Guest, ground: Ground): void {
    this.#leave(guest, ground)
    this.#join(guest, ground)
  }

  /** Where a guest sees somebody who is not there, or not who is. */
  #wrong(): string[] {
    const [ada, bob] = this.#guests
    return [[ada, bob] as const, [bob, ada] as const].flatMap(([guest, other]) =>
      grounds
        .filter(ground => guest.sees(ground) !== (guest.isIn(ground) && other.isIn(ground) ? 1 : 0))
        .map(ground => `${guest.name} sees ${guest.sees(ground)} on ${ground.name}`)
    )
  }

  /** What is said when all is quiet is heard, wherever both are. */
  async #exchange(): Promise<void> {
    const said = grounds
      .filter(ground => this.#guests.every(guest => guest.isIn(ground)))
      .flatMap(ground => [this.#guests, this.#turned()].map(([from, to]) => from.say(ground, to)))
    const heard = (message: Saying | undefined) => message !== undefined && this.#ledger.hasHeard(message)
    await this.#rest(() => said.every(heard), 'What is said at rest is not heard')
    const lost = said.filter(message => !heard(message)).length
    if (lost > 0) this.#round.fault(`${lost} messages that were said at rest were lost.`)
  }

  /** Nothing is on its way: each has heard what the other has sent last on the connection. */
  async #quiet(): Promise<void> {
    if (this.#inMemory) return settled()
    for (const [from, to] of [this.#guests, this.#turned()]) {
      const { calls } = to
      await until(() => from.call(to), 'Two who are always there do not see each other')
      await until(() => to.calls > calls, 'A call is not heard')
    }
  }

  /** In memory, all is at rest when nothing moves; over sockets, when it is as it should be. */
  async #rest(isRight: () => boolean, complaint: string): Promise<void> {
    if (this.#inMemory) await settled()
    else await until(isRight, complaint)
  }
}

function turnOver(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
