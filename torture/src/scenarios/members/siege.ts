import { Peersockets, type PeersocketsOptions, type TopicHandle } from 'peersockets'
import { measureMemory } from '../../exchange/memory.js'
import { until } from '../../exchange/until.js'
import type { Round } from '../../scenario.js'
import {
  type AnyNetwork,
  createMembers,
  type SocketMembers,
  type StackName,
  type Stream,
  unsentBytes
} from '../../stacks.js'
import type { Attack } from './attacks.js'
import { LIMITS, MAX_MESSAGE_BYTES, numbers, OTHER, RAW, SHARED } from './places.js'
import { echo, RoundTrips } from './round-trips.js'

export interface SiegeOptions {
  /** Makes the victim. */
  readonly create?: (network: AnyNetwork, options: PeersocketsOptions) => Peersockets
  /** How long to wait for what has to come, in milliseconds. */
  readonly patience?: number
}

/** Round trips that an honest peer makes on each topic while the attack goes on. */
const ROUND_TRIPS = 30
/** What an attack may leave in memory while it goes on, the attacker's own share included. */
const MAX_GROWTH_BYTES = 96 * 1024 * 1024
/** What the wire itself may have to say besides messages. */
const WIRE_BYTES = 128 * 1024

const [VICTIM, ATTACKER] = [0, 2]

/** A victim that talks with an honest peer, on several topics, while a third one attacks it. */
export async function besiege(
  round: Round,
  stack: StackName,
  attack: Attack,
  options: SiegeOptions = {}
): Promise<void> {
  const network = await createMembers(stack, { peers: 3, connected: false })
  try {
    await new Siege(round, network, attack, options).run()
  } finally {
    await network.close()
  }
}

class Siege {
  readonly #round: Round
  readonly #network: SocketMembers
  readonly #attack: Attack
  readonly #patience: number | undefined
  readonly #victim: Peersockets
  readonly #honest: Peersockets
  readonly #trips: readonly RoundTrips[]
  readonly #raw: TopicHandle<Buffer>
  readonly #rooms: readonly { readonly peers: ReadonlySet<unknown> }[]
  /** Those of the victim to the attacker. */
  readonly #streams = new Set<Stream>()
  #rejections = 0
  #mostQueued = 0

  constructor(
    round: Round,
    network: SocketMembers,
    attack: Attack,
    { create = (network, options) => new Peersockets(network, options), patience }: SiegeOptions
  ) {
    this.#patience = patience
    const [victim, honest, attacker] = network.members
    if (victim === undefined || honest === undefined || attacker === undefined)
      throw new RangeError('There are three.')
    const [victimKey, honestKey] = [victim.key, honest.key]
    this.#round = round
    this.#network = network
    this.#attack = attack
    this.#victim = create(victim.network(), LIMITS)
    this.#honest = new Peersockets(honest.network())
    victim.onstream(stream => {
      if (stream.remotePublicKey?.equals(attacker.key)) this.#streams.add(stream)
    })
    this.#victim.on('reject', (error, peer) => {
      round.count(error.code)
      this.#rejections++
      const what = `${error.code} on ${error.topic}: ${error.message}`
      if (peer.remotePublicKey.equals(honestKey))
        round.fault(`Of the honest peer the victim was told ${what}`)
      else if (!attack.codes.includes(error.code)) round.fault(`The victim was told ${what}`)
    })
    this.#honest.on('reject', error =>
      round.fault(`The honest peer was told ${error.code}: ${error.message}`)
    )

    const signed = [SHARED, OTHER].map(name => {
      const room: TopicHandle<number> = this.#victim.join(numbers, {
        name,
        onmessage: (message, peer) => echo(() => room, honestKey)(message, peer)
      })
      const trips: RoundTrips = new RoundTrips(n => theirs.send(n, victimKey), round.fault)
      const theirs = this.#honest.join(numbers, { name, onmessage: n => trips.onecho(n) })
      return { room, trips, theirs }
    })
    const raw: TopicHandle<Buffer> = this.#victim.join(RAW, {
      private: true,
      onmessage: (message, peer) => echo<Uint8Array | string>(() => raw, honestKey)(message, peer)
    })
    const trips: RoundTrips = new RoundTrips(n => theirs.send(`${n}`, victimKey), round.fault)
    const theirs = this.#honest.join(RAW, { private: true, onmessage: n => trips.onecho(Number(n)) })
    this.#raw = raw
    this.#trips = [...signed.map(one => one.trips), trips]
    this.#rooms = [...signed.map(one => one.theirs), theirs]
  }

  async run(): Promise<void> {
    const { fault, count, random } = this.#round
    const { name, least, most } = this.#attack
    await this.#network.allConnected()
    await until(() => this.#rooms.every(({ peers }) => peers.size === 1), 'The honest two do not meet')
    const before = measureMemory(0)
    const step = await this.#attack.begin({ network: this.#network, random, room: this.#raw })
    for (const trips of this.#trips) trips.start()
    let units = 0
    while (units < most && !(units >= least && this.#served())) {
      units += await step()
      this.#look()
    }
    count(`units of ${name}`, units)
    if (!this.#served())
      fault(
        `Through ${units} units of ${name} the honest peer was served ${this.#trips.map(({ done }) => done)}.`
      )
    // A message alone always passes.
    if (this.#mostQueued > LIMITS.maxQueuedBytes + MAX_MESSAGE_BYTES + WIRE_BYTES)
      fault(`Through ${name} ${this.#mostQueued} bytes were queued for the attacker.`)
    await this.#hear(units)
    const after = measureMemory(0)
    const growth = after.heap - before.heap + after.external - before.external
    if (growth > MAX_GROWTH_BYTES) fault(`${name} left ${Math.round(growth / 2 ** 20)} MiB in memory.`)

    for (const trips of this.#trips) trips.stop()
    await until(
      () => this.#trips.every(({ home }) => home),
      'Messages of the honest peer were lost',
      this.#patience
    )
    count(
      'honest round trips',
      this.#trips.reduce((sum, { done }) => sum + done, 0)
    )
    this.#network.resume(VICTIM, ATTACKER)
    await this.#network.cut(VICTIM, ATTACKER)
    await until(
      () => this.#rooms.every(({ peers }) => peers.size === 1) && this.#raw.peers.size === 1,
      'Presence is not right after the attack'
    )
    for (const sockets of [this.#victim, this.#honest]) sockets.stop()
  }

  #served(): boolean {
    return this.#trips.every(({ done }) => done >= ROUND_TRIPS)
  }

  /** Waits until what was sent has been told of. */
  async #hear(units: number): Promise<void> {
    const { codes, rejections, name } = this.#attack
    const expected = rejections?.(units)
    if (expected === undefined) {
      if (codes.length > 0)
        await until(() => this.#rejections > 0, `The victim is told nothing of ${name}`, this.#patience)
      return
    }
    await until(() => this.#rejections >= expected, `Of ${name} too few were refused`, this.#patience)
    if (this.#rejections > expected) this.#round.fault(`Of ${name} too many were refused.`)
  }

  #look(): void {
    for (const stream of this.#streams) {
      if (stream.destroyed) this.#streams.delete(stream)
      else this.#mostQueued = Math.max(this.#mostQueued, unsentBytes(stream))
    }
  }
}
