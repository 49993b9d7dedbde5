import { type Bit, bitsOf, Exchange } from '../path/exchange.js'
import type { Stack } from '../path/lone-pair.js'
import type { TopicSpec } from '../path/party.js'
import type { Round, Scenario } from '../scenario.js'

const BITS_A_ROUND = 64
/** A prime, so that rounds one after the other come by every bit once, and each of them by all parts of the exchange. */
const STRIDE = 7919

/** No name becomes another by one bit, so that what is altered is not taken for what was said elsewhere. */
const TOPICS: readonly TopicSpec[] = [true, false].flatMap(isPrivate =>
  ['a', 'd', 'g'].map((name, n) => ({
    name: `${name}${isPrivate ? 1 : 2}`,
    private: isPrivate,
    signed: n < 2
  }))
)

/** Two real networkers meet again and again, and each time somebody on the path flips the next bit. */
export const bits: Scenario = {
  name: 'bits',
  title: 'one bit that is flipped between real networkers changes, moves and repeats nothing that is signed',
  shortRounds: 1,
  run: round => flipBits('networker', round)
}

export async function flipBits(stack: Stack, round: Round): Promise<void> {
  const exchange = await Exchange.create(stack, TOPICS)
  try {
    const all = bitsOf(await exchange.run())
    for (let n = 0; n < BITS_A_ROUND; n++) {
      const bit = all[((round.seed * BITS_A_ROUND + n) * STRIDE) % all.length]
      if (bit !== undefined) await flip(exchange, bit, round)
    }
    const { said, intact } = await exchange.run()
    if (said !== intact) round.fault(`Of ${said} messages, ${intact} arrived when nobody attacked.`)
    for (const { miscounted, reported } of exchange.parties) {
      for (const code of miscounted) round.fault(`${code} is counted otherwise than it was reported.`)
      for (const [code, count] of reported) round.count(code, count)
    }
  } finally {
    await exchange.close()
  }
}

async function flip(exchange: Exchange, bit: Bit, round: Round): Promise<void> {
  const { flipped, harms, left, intact, said } = await exchange.run(bit)
  if (flipped) round.count('bits flipped')
  if (left > 0) round.fault(`${left} rooms have a peer in them that is gone, after ${JSON.stringify(bit)}.`)
  round.count('messages said', said)
  round.count('messages that arrived', intact)
  for (const { topic, harm } of harms) {
    if (topic.signed) round.fault(`A message on ${topic.name} came ${harm}, after ${JSON.stringify(bit)}.`)
    else round.count(`unsigned: ${harm}`)
  }
}
