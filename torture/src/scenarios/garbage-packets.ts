import { settled } from '@peersockets/testing'
import { Peersockets } from 'peersockets'
import { Corpus } from '../garbage/corpus.js'
import { changePackets } from '../garbage/outgoing.js'
import { anything, type Kind, kinds } from '../garbage/topics.js'
import { Witness } from '../garbage/witness.js'
import type { Round, Scenario } from '../scenario.js'
import {
  type AnyNetwork,
  createMemoryMembers,
  MEMORY_STACKS,
  type MemoryMembers,
  type MemoryStackName,
  type Stream
} from '../stacks.js'

/** By their places in the network; the third is honest. */
const [VICTIM, HOSTILE] = [0, 1]
const CONNECTIONS = 6
const BURSTS = 30
const LARGEST_BURST = 20

/**
 * A member of every topic whose messages, signed frames and packets are garbage, made of what it said before. `victimKinds`
 * takes the place of the victim's topics.
 */
export function garbagePackets(victimKinds: readonly Kind[] = kinds): Scenario {
  return {
    name: 'garbage-packets',
    title: 'a member that sends garbage is told apart, message by message, and everybody else is served',
    shortRounds: 2,
    async run(round) {
      for (const stack of MEMORY_STACKS) {
        const network = await createMemoryMembers(stack, { peers: 3 })
        try {
          await attack(round, stack, network, victimKinds)
        } finally {
          await network.close()
        }
      }
    }
  }
}

async function attack(
  round: Round,
  stack: MemoryStackName,
  network: MemoryMembers,
  victimKinds: readonly Kind[]
): Promise<void> {
  const [atVictim, atHostile, atHonest] = network.members
  if (atVictim === undefined || atHostile === undefined || atHonest === undefined)
    throw new RangeError('Three peers.')
  const victim = new Witness(round, 'victim', atVictim.network(), victimKinds, atHonest.key)
  const honest = new Witness(round, 'honest', atHonest.network(), kinds, atVictim.key)
  const corpus = new Corpus()
  for (let connection = 0; connection < CONNECTIONS; connection++) {
    await network.cut(VICTIM, HOSTILE)
    await network.heal(VICTIM, HOSTILE)
    const [near, far] = network.streams(VICTIM, HOSTILE)
    const hostile = new Hostile(round, stack, atHostile.network(), far, corpus)
    await settled()
    if (!victim.sees(atHostile.key)) round.fault('A peer that did no harm yet is not in the topics.')
    for (let burst = 0; burst < BURSTS; burst++) {
      hostile.burst()
      const expected = [victim.say(), honest.say()]
      await settled()
      if (near.destroyed) {
        round.fault('The connection of somebody who sent garbage is gone. No rule says so.')
        break
      }
      for (const [place, heard] of [honest.heard, victim.heard].entries()) {
        for (const [topic, numbers] of heard) {
          if (numbers.splice(0).join() === String(expected[place])) round.count('messages of honest peers')
          else round.fault(`In ${topic}, number ${expected[place]} was not heard once: ${numbers.join()}`)
        }
      }
    }
    hostile.stop()
  }
  for (const witness of [victim, honest]) witness.close()
}

class Hostile {
  readonly #round: Round
  readonly #stack: MemoryStackName
  readonly #corpus: Corpus
  readonly #sockets: Peersockets
  readonly #rooms
  /** Whether it does harm by now, and what: its messages and signed frames, or its packets. */
  #harm: 'none' | 'messages' | 'packets' = 'none'
  #n = 0

  constructor(round: Round, stack: MemoryStackName, network: AnyNetwork, stream: Stream, corpus: Corpus) {
    this.#round = round
    this.#stack = stack
    this.#corpus = corpus
    // What it is told does not interest it.
    this.#sockets = new Peersockets(network, { onreject() {} })
    this.#rooms = kinds.map(kind => this.#sockets.join(kind.harmful(bytes => this.#pass(bytes, 'messages'))))
    changePackets(stream, packet => this.#pass(packet, 'packets'))
  }

  burst(): void {
    const { random } = this.#round
    this.#harm = random.oneIn(2) ? 'messages' : 'packets'
    for (let left = random.integer(1, LARGEST_BURST); left > 0; left--) {
      random.pick(this.#rooms).broadcast(anything(random, 'hostile', this.#n++))
      if (random.oneIn(3)) for (const room of this.#rooms) room.flush()
    }
    for (const room of this.#rooms) room.flush()
  }

  stop(): void {
    this.#sockets.stop()
  }

  #pass(bytes: Buffer, level: 'messages' | 'packets'): Buffer {
    if (this.#harm === 'none') this.#corpus.add(bytes)
    if (this.#harm !== level || this.#round.random.oneIn(3)) return bytes
    this.#round.count(`garbage sent on ${this.#stack}: ${level}`)
    return this.#corpus.garbage(this.#round.random, bytes)
  }
}
