import { promisify } from 'node:util'
import {
  createNetwork,
  type Networker,
  type NetworkerNetwork,
  type ProtocolStream
} from '@peersockets/testing'
import { Corpus } from '../garbage/corpus.js'
import { type Address, dial, HostileStream, hangUp } from '../garbage/hostile-stream.js'
import { changeMessages } from '../garbage/outgoing.js'
import { anyMessage } from '../garbage/protocol-message.js'
import { kinds } from '../garbage/topics.js'
import { Witness } from '../garbage/witness.js'
import type { Round, Scenario } from '../scenario.js'
import { garbageOnProtomux } from './garbage-streams/protomux.js'

const STRANGERS = 30
const PEERS = 30
const MESSAGES = 25
const PATIENCE_MS = 15_000

/** What is used of a hypercore@9. */
interface Hypercore {
  readonly key: Buffer
  ready(onready: (error: Error | null) => void): void
  append(blocks: readonly string[], onappend: (error: Error | null) => void): void
  get(block: number, onblock: (error: Error | null, block: Buffer) => void): void
}

/** Garbage below the topics, of one network or several. */
export function garbageStreams(
  kinds: readonly ((round: Round) => Promise<void>)[] = [garbageOnNetworker(), garbageOnProtomux()]
): Scenario {
  return {
    name: 'garbage-streams',
    title: 'garbage below the topics ends the connection that it came on, at most',
    shortRounds: 1,
    async run(round) {
      for (const kind of kinds) await kind(round)
    }
  }
}

/**
 * Strangers who send garbage instead of a handshake, and peers who send garbage as the messages of hypercore-protocol, to a
 * networker with a hypercore that they know the key of. `plant` may do something to the victim.
 */
export function garbageOnNetworker(plant: (victim: Networker) => void = () => {}) {
  return async (round: Round): Promise<void> => {
    const network = await createNetwork({ stack: 'networker', peers: 2, connected: false })
    try {
      await new Siege(round, network, plant).run()
    } finally {
      await network.close()
    }
  }
}

class Siege {
  readonly #round: Round
  readonly #network: NetworkerNetwork
  readonly #plant: (victim: Networker) => void
  readonly #handshakes = new Corpus()
  readonly #messages = new Corpus()

  constructor(round: Round, network: NetworkerNetwork, plant: (victim: Networker) => void) {
    this.#round = round
    this.#network = network
    this.#plant = plant
  }

  async run(): Promise<void> {
    const [atVictim, atHonest] = this.#network.networkers
    if (atVictim === undefined || atHonest === undefined) throw new RangeError('Two peers.')
    const victim = new Witness(this.#round, 'victim', atVictim, kinds, atHonest.keyPair.publicKey)
    const honest = new Witness(this.#round, 'honest', atHonest, kinds, atVictim.keyPair.publicKey)
    this.#plant(atVictim)
    const core = await coreOf(atVictim)
    await promisify(core.append).call(core, ['one', 'two', 'three'])

    this.#network.attack(chunk => {
      this.#handshakes.add(chunk)
      return chunk
    })
    atHonest.once('handshake', stream =>
      changeMessages(stream, message => {
        this.#messages.add(message)
        return message
      })
    )
    await this.#network.allConnected()
    this.#network.attack()
    const copy = await coreOf(atHonest, core.key)
    await promisify(copy.get).call(copy, 1)
    await until(() => victim.sees(atHonest.keyPair.publicKey) && honest.sees(atVictim.keyPair.publicKey))
    const [link] = this.#network.streams(0, 1)

    const { address, port } = atVictim.swarm?.address() ?? { address: '', port: 0 }
    for (let stranger = 0; stranger < STRANGERS; stranger++) await this.#strange({ address, port })
    for (let peer = 0; peer < PEERS; peer++) {
      await this.#misbehave({ address, port }, core.key)
      await this.#serve(victim, honest, link)
    }
    await until(() => atVictim.streams.size === 1)
    this.#round.count('messages overheard', this.#messages.size)
    for (const witness of [victim, honest]) witness.close()
  }

  /** Garbage from somebody who has not said who he is. */
  async #strange(to: Address): Promise<void> {
    const { random, count } = this.#round
    const socket = await dial(to)
    for (let left = random.integer(1, 4); left > 0 && !socket.destroyed; left--) {
      socket.write(random.oneIn(3) ? random.bytes(random.integer(1, 300)) : this.#handshakes.garbage(random))
      await turns(2)
    }
    count(socket.destroyed ? 'strangers that were sent away' : 'strangers that were borne')
    await hangUp(socket)
  }

  /** Garbage from somebody who has. */
  async #misbehave(to: Address, key: Buffer): Promise<void> {
    const { random, count } = this.#round
    const peer = await HostileStream.connect(to)
    if (random.oneIn(2)) peer.openChannel(key)
    for (let left = MESSAGES; left > 0 && peer.open; left--) {
      const said = random.integer(1, 4)
      if (said === 1) peer.say(this.#messages.pick(random))
      else if (said === 2) peer.say(this.#messages.garbage(random))
      else peer.say(anyMessage(random))
      count('messages of peers')
      await turns(2)
    }
    count(peer.open ? 'connections that stayed' : 'connections that ended')
    await peer.close()
  }

  async #serve(victim: Witness, honest: Witness, link: ProtocolStream): Promise<void> {
    const expected = [victim.say(), honest.say()]
    for (const [place, heard] of [honest.heard, victim.heard].entries()) {
      await until(() => link.destroyed || [...heard.values()].every(numbers => numbers.length > 0))
      if (link.destroyed) throw new Error('An honest peer was disconnected.')
      for (const [topic, numbers] of heard) {
        if (numbers.splice(0).join() === String(expected[place]))
          this.#round.count('messages of honest peers')
        else this.#round.fault(`In ${topic}, number ${expected[place]} was not heard once.`)
      }
    }
  }
}

async function coreOf({ corestore }: Networker, key?: Buffer): Promise<Hypercore> {
  const { get }: { get(options: object): Hypercore } = Object(corestore)
  const core = get.call(corestore, key === undefined ? {} : { key })
  await promisify(core.ready).call(core)
  return core
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise(resolve => setImmediate(resolve))
}

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !holds(); ) {
    if (Date.now() > end) throw new Error('An honest peer waits for what was sent to it.')
    await new Promise(resolve => setTimeout(resolve, 2))
  }
}
