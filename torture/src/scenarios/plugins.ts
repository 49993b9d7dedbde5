import { settled } from '@peersockets/testing'
import { type Codec, defineTopic, type Middleware, Peersockets, PeersocketsError } from 'peersockets'
import type { Random } from '../random.js'
import type { Round, Scenario } from '../scenario.js'
import { type AnyNetwork, createMemoryMembers, MEMORY_STACKS, type MemoryStackName } from '../stacks.js'

const MESSAGES = 400
/** Each lazy stage takes a turn for each message that waits before it. */
const QUIET_TURNS = 5 * MESSAGES
/** What becomes of one call in so many. */
const FAULTS_ONE_IN = 6

/** Plugins and handlers that fail in every way, now and then, and what must not suffer from it. */
export const plugins = pluginsOn(network => new Peersockets(network))

/** The same for any `Peersockets`, such as one that does not do what it should. */
export function pluginsOn(
  create: (network: AnyNetwork) => Peersockets,
  stacks: readonly MemoryStackName[] = MEMORY_STACKS
): Scenario {
  return {
    name: 'plugins',
    title:
      'whatever plugins and handlers do, each message is delivered in order or reported, once, and others do not suffer',
    shortRounds: 6,
    async run(round) {
      const stack = round.random.pick(stacks)
      round.count(`rounds on ${stack}`)
      const network = await createMemoryMembers(stack)
      try {
        const both = network.members.map(member => create(member.network()))
        await new Talk(round, both).run()
      } finally {
        await network.close()
      }
    }
  }
}

/** What a plugin does instead of its work. */
export function misbehaving(random: Random): () => unknown {
  const thrown = random.pick<unknown>([
    new Error('broken'),
    undefined,
    null,
    Symbol('s'),
    Object.create(null),
    'x'
  ])
  return random.pick<() => unknown>([
    () => {
      throw thrown
    },
    () => random.pick<unknown>([undefined, null, 3, 'text', new Uint8Array(2), {}]),
    async () => {
      throw thrown
    },
    async () => random.pick<unknown>([undefined, 'text', new Uint8Array(2)])
  ])
}

class Talk {
  readonly #round: Round
  readonly #sender: Peersockets
  readonly #receiver: Peersockets
  /** What was told of messages in the bad topic, at both ends. */
  #reported = 0
  #handled = 0

  constructor(round: Round, [sender, receiver]: Peersockets[]) {
    if (sender === undefined || receiver === undefined) throw new RangeError('It takes two to talk.')
    this.#round = round
    this.#sender = sender
    this.#receiver = receiver
    for (const sockets of [sender, receiver]) {
      sockets.on('reject', error => {
        round.count(error.code)
        if (error.code === 'ERR_HANDLER_FAILED') this.#handled++
        else if (error.topic === 'bad') this.#reported++
        else round.fault(`${error.topic} has nothing wrong, and was told ${error.code}: ${error.message}`)
      })
    }
  }

  async run(): Promise<void> {
    const { random } = this.#round
    const middleware = Array.from({ length: random.integer(0, 3) }, (_, at) => this.#middleware(`mw-${at}`))
    // Messages that share a frame also share its fate: only without batches is there one report for each.
    const bad = defineTopic({ name: 'bad', codec: this.#codec(), middleware, batch: false })
    const good = defineTopic({ name: 'good', codec: plain, middleware: [lazy] })
    const [heardBad, heardGood]: [unknown[], unknown[]] = [[], []]
    this.#receiver.join(bad, { onmessage: () => this.#or(() => undefined) })
    this.#receiver.join(bad, { onmessage: message => heardBad.push(message) })
    this.#receiver.join(good, { onmessage: message => heardGood.push(message) })
    const rooms = { bad: this.#sender.join(bad), good: this.#sender.join(good) }
    await settled()
    const [peer] = rooms.good.peers
    if (peer === undefined) throw new Error('The peers do not see each other.')
    let thrown = 0
    for (let n = 0; n < MESSAGES; n++) {
      rooms.good.send(n, peer)
      try {
        rooms.bad.send(n, peer)
      } catch (error) {
        thrown++
        if (!PeersocketsError.is(error)) this.#round.fault(`send threw ${String(error)}`)
      }
      if (random.oneIn(10)) await settled()
    }
    await settled({ quietTurns: QUIET_TURNS })

    this.#round.count('messages delivered', heardBad.length + heardGood.length)
    this.#round.count('errors thrown from send', thrown)
    if (heardBad.length + this.#reported + thrown !== MESSAGES)
      this.#round.fault(
        `Of ${MESSAGES} messages ${heardBad.length} were delivered, ${this.#reported} reported, ${thrown} thrown.`
      )
    if (!isRising(heardBad)) this.#round.fault('Messages of the bad topic came twice, or out of order.')
    if (heardGood.length !== MESSAGES || !isRising(heardGood))
      this.#round.fault(`The other topic got ${heardGood.length} of ${MESSAGES} messages.`)
    if (this.#receiver.stats.rejected.ERR_HANDLER_FAILED !== (this.#handled || undefined))
      this.#round.fault('A handler that failed was not counted as often as it was reported.')
    for (const sockets of [this.#sender, this.#receiver]) sockets.stop()
  }

  /** Does its work, most of the time. */
  #or(right: () => unknown): unknown {
    return this.#round.random.oneIn(FAULTS_ONE_IN) ? misbehaving(this.#round.random)() : right()
  }

  #codec(): Codec {
    // What it returns need not be what it is declared as: that is what is tried out.
    return {
      name: 'bad',
      encode: value => this.#or(() => plain.encode(value)) as Buffer,
      decode: bytes => (this.#round.random.oneIn(FAULTS_ONE_IN) ? refuse() : plain.decode(bytes))
    }
  }

  #middleware(name: string): Middleware {
    const { random } = this.#round
    const stage = (frame: Buffer): Buffer => {
      if (random.oneIn(4)) return later(() => this.#or(() => frame)) as unknown as Buffer
      return this.#or(() => frame) as Buffer
    }
    return {
      name,
      open: () => ({ send: stage, receive: stage, close: () => this.#or(() => undefined) as undefined })
    }
  }
}

const plain: Codec = {
  name: 'plain',
  encode: value => Buffer.from(JSON.stringify(value)),
  decode: bytes => JSON.parse(bytes.toString())
}

/** Takes its time over every frame. */
const lazy: Middleware = {
  name: 'lazy',
  open: () => ({ send: frame => later(() => frame), receive: frame => later(() => frame) })
}

function refuse(): never {
  throw new SyntaxError('not today')
}

async function later<T>(right: () => T): Promise<T> {
  await new Promise(resolve => setImmediate(resolve))
  return right()
}

function isRising(messages: readonly unknown[]): boolean {
  return messages.every((message, at) => at === 0 || Number(message) > Number(messages[at - 1]))
}
