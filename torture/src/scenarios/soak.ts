import { msgpack } from '@peersockets/codec-msgpack'
import { hmac } from '@peersockets/mw-hmac'
import { defineTopic, Peersockets } from 'peersockets'
import * as z from 'zod'
import { type MemorySample, measureMemory, memoryGrowth } from '../exchange/memory.js'
import { until } from '../exchange/until.js'
import type { Round, Scenario } from '../scenario.js'
import { type AnyNetwork, createMembers, STACKS, type StackName } from '../stacks.js'

const MESSAGES = 200_000
const SAMPLES = 20

const topic = defineTopic({
  name: 'soak',
  schema: z.object({ n: z.number().int(), from: z.string(), text: z.string(), at: z.date() }),
  codec: msgpack(),
  middleware: [hmac()]
})

export interface SoakOptions {
  readonly stacks?: readonly StackName[]
  /** Makes the two ends. */
  create?(network: AnyNetwork): Peersockets
  /** Of a round, on each stack. */
  messages?: number
  /** Told of each sample. */
  onsample?(sample: MemorySample): void
}

/** Typed and signed messages as fast as they go, over one connection of real sockets, and memory that does not grow. */
export const soak = soakOf()

/** The same for any `Peersockets`, and any number of messages. */
export function soakOf(options: SoakOptions = {}): Scenario {
  return {
    name: 'soak',
    title: 'typed, signed messages arrive in order for as long as they are sent, and memory stays flat',
    shortRounds: 1,
    async run(round) {
      for (const stack of options.stacks ?? STACKS) await stream(round, stack, options)
    }
  }
}

async function stream(
  round: Round,
  stack: StackName,
  { create = network => new Peersockets(network), messages = MESSAGES, onsample }: SoakOptions
): Promise<void> {
  const network = await createMembers(stack)
  try {
    const [sender, receiver] = network.members.map(member => create(member.network()))
    const [, far] = network.members
    if (sender === undefined || receiver === undefined || far === undefined)
      throw new RangeError('There are two.')
    for (const sockets of [sender, receiver])
      sockets.on('reject', ({ code, message }) => round.fault(`Rejected on ${stack}: ${code}: ${message}`))
    let heard = 0
    let wrong = 0
    receiver.join(topic, {
      onmessage({ n }) {
        if (n !== heard) wrong++
        heard++
      }
    })
    const room = sender.join(topic)
    await until(() => room.peers.size === 1, 'The two do not meet')

    const to = far.key
    const samples: MemorySample[] = []
    const every = Math.ceil(messages / SAMPLES)
    for (let n = 0; n < messages; n++) {
      // A full stretch, then everything has arrived: what is measured is what stays.
      if (n % every === 0) {
        await until(() => heard === n, `Of ${n} messages only ${heard} arrived`)
        const sample = measureMemory(n)
        samples.push(sample)
        onsample?.(sample)
      }
      if (!room.send({ n, from: 'ada', text: `message number ${n}`, at: new Date(n) }, to)) {
        round.count('waits for drained')
        await room.drained(to)
      }
    }
    await until(() => heard === messages, `Of ${messages} messages only ${heard} arrived`)
    round.count(`messages delivered on ${stack}`, heard)
    if (wrong > 0) round.fault(`${wrong} messages came out of order.`)
    const growth = memoryGrowth(samples)
    if (growth !== undefined) round.fault(growth)
    for (const sockets of [sender, receiver]) sockets.stop()
  } finally {
    await network.close()
  }
}
