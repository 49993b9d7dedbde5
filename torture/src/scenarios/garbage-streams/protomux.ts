import { settled } from '@peersockets/testing'
import { Corpus } from '../../garbage/corpus.js'
import { anyProtomuxMessage } from '../../garbage/protomux-message.js'
import { kinds } from '../../garbage/topics.js'
import { Witness } from '../../garbage/witness.js'
import type { Round } from '../../scenario.js'
import { createMemoryMembers, type Member, type MemoryMembers, type Stream } from '../../stacks.js'

/** By their places in the network; the third is honest. */
const [VICTIM, HOSTILE] = [0, 1]
const CONNECTIONS = 60
const MOST_MESSAGES = 12

/** Does something to the victim, or to its connection to the honest peer. */
type Plant = (victim: Member, honest: Stream) => void

/**
 * A peer that sends garbage as the messages of Protomux. Before its handshake nobody reaches Protomux, and what is garbage then
 * is Hyperswarm's to refuse, not the streams'. `plant` may do something to the victim.
 */
export function garbageOnProtomux(plant: Plant = () => {}) {
  return async (round: Round): Promise<void> => {
    const network = await createMemoryMembers('hyperswarm-memory', { peers: 3 })
    try {
      await misbehave(round, network, plant)
    } finally {
      await network.close()
    }
  }
}

async function misbehave(round: Round, network: MemoryMembers, plant: Plant): Promise<void> {
  const { random, count, fault } = round
  const [atVictim, , atHonest] = network.members
  if (atVictim === undefined || atHonest === undefined) throw new RangeError('Three peers.')
  const corpus = new Corpus()
  const [link, overheard] = network.streams(VICTIM, 2)
  overheard.on('data', (chunk: Buffer) => corpus.add(chunk))
  const victim = new Witness(round, 'victim', atVictim.network(), kinds, atHonest.key)
  const honest = new Witness(round, 'honest', atHonest.network(), kinds, atVictim.key)
  plant(atVictim, link)
  await settled()
  for (let connection = 0; connection < CONNECTIONS; connection++) {
    await network.cut(VICTIM, HOSTILE)
    await network.heal(VICTIM, HOSTILE)
    const [near, far] = network.streams(VICTIM, HOSTILE)
    far.on('error', () => {})
    // Nobody reads what the victim says.
    far.resume()
    for (let left = random.integer(1, MOST_MESSAGES); left > 0 && !near.destroyed; left--) {
      const said = random.integer(1, 4)
      if (said === 1) far.write(Buffer.from(corpus.pick(random)))
      else if (said === 2) far.write(corpus.garbage(random))
      else far.write(anyProtomuxMessage(random))
      count('messages of peers of Protomux')
      if (random.oneIn(3)) await settled()
    }
    const expected = [victim.say(), honest.say()]
    await settled()
    count(near.destroyed ? 'connections of Protomux that ended' : 'connections of Protomux that stayed')
    if (link.destroyed) {
      fault('An honest peer was disconnected.')
      break
    }
    for (const [place, heard] of [honest.heard, victim.heard].entries()) {
      for (const [topic, numbers] of heard) {
        if (numbers.splice(0).join() === String(expected[place])) count('messages of honest peers')
        else fault(`In ${topic}, number ${expected[place]} was not heard once.`)
      }
    }
  }
  for (const witness of [victim, honest]) witness.close()
}
