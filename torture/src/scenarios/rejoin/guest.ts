import { type Peer, type Peersockets, PeersocketsError, type TopicHandle } from 'peersockets'
import type { Ledger, Saying } from '../../exchange/ledger.js'
import type { Round } from '../../scenario.js'
import type { AnyNetwork, Member } from '../../stacks.js'
import type { Ground } from './topics.js'

export type Create = (network: AnyNetwork) => Peersockets

/** No peer is waited for in vain: then leaving takes no longer than what is on its way, in milliseconds. */
const MOST_LEAVING_MS = 5000

/** What a guest has said. */
interface Said {
  /** How often the receiver had joined by then. */
  readonly visit: number
  /** Whether the receiver was there, as far as the sender knew. */
  readonly seen: boolean
}

/** One of two who come and go, and all that it hears. */
export class Guest {
  readonly #member: Member
  readonly #round: Round
  readonly #ledger: Ledger
  readonly #sockets: Peersockets
  /** How often it was called. */
  calls = 0
  readonly #rooms = new Map<Ground, TopicHandle<Saying>>()
  readonly #visits = new Map<Ground, number>()
  /** A topic that it never leaves: what comes on it comes behind all that was sent before on the connection. */
  readonly #always: TopicHandle<Buffer>
  #said = new Map<string, Said>()
  #dropped = new Set<string>()

  constructor(
    readonly name: string,
    member: Member,
    round: Round,
    ledger: Ledger,
    create: Create
  ) {
    this.#member = member
    this.#round = round
    this.#ledger = ledger
    this.#sockets = create(member.network())
    this.#sockets.on('reject', ({ code, message, topic, dropped }) => {
      round.count(code)
      if (code !== 'ERR_PEER_NOT_IN_TOPIC') round.fault(`${name} was told ${code} on ${topic}: ${message}`)
      for (const one of dropped) this.#dropped.add(keyOf(one as Saying))
    })
    this.#always = this.#sockets.join('always', {
      private: true,
      onmessage: () => {
        this.calls++
      }
    })
  }

  /** Calls the other, once it is there. */
  call(other: Guest): boolean {
    if (this.#always.peers.size === 0) return false
    this.#always.send('', other.#member.key)
    return true
  }

  isIn(ground: Ground): boolean {
    return this.#rooms.has(ground)
  }

  /** Whom it sees in a topic that it is in. */
  sees(ground: Ground): number {
    return this.#rooms.get(ground)?.peers.size ?? 0
  }

  /** How often it has joined a topic. */
  visits(ground: Ground): number {
    return this.#visits.get(ground) ?? 0
  }

  join(ground: Ground, other: () => Guest): void {
    if (this.isIn(ground)) return
    this.#visits.set(ground, this.visits(ground) + 1)
    this.#round.count('topics joined')
    const present = new Set<Peer>()
    let open = true
    const tell = (what: string, right: boolean): void => {
      if (!open) this.#round.fault(`${this.name} was told after it had left ${ground.name}: ${what}.`)
      else if (!right) this.#round.fault(`${this.name} was told wrongly on ${ground.name}: ${what}.`)
    }
    const room = this.#sockets.join(ground.topic, {
      onmessage: (message, peer) => {
        tell(`a message ${keyOf(message)}`, true)
        this.#hear(ground, message, peer, other())
      },
      onpeerjoin: peer => {
        tell('somebody joined', !present.has(peer))
        present.add(peer)
      },
      onpeerleave: peer => tell('somebody left', present.delete(peer)),
      onclose: () => {
        open = false
      }
    })
    this.#rooms.set(ground, room)
  }

  async leave(ground: Ground): Promise<void> {
    const room = this.#rooms.get(ground)
    if (room === undefined) return
    this.#rooms.delete(ground)
    const begun = performance.now()
    await (this.#round.random.oneIn(2) ? room.close() : this.#sockets.leave(ground.name))
    if (performance.now() - begun > MOST_LEAVING_MS)
      this.#round.fault(`It took ${this.name} more than ${MOST_LEAVING_MS} ms to leave ${ground.name}.`)
  }

  /** Says something in a topic, unless it is not in it. Gives what it has said, unless it was told that it cannot go. */
  say(ground: Ground, to: Guest): Saying | undefined {
    const room = this.#rooms.get(ground)
    if (room === undefined) return undefined
    const message = this.#ledger.say(this.name, to.name, ground.name)
    this.#said.set(keyOf(message), { visit: to.visits(ground), seen: room.peers.size > 0 })
    try {
      room.send(message, to.#member.key)
      return message
    } catch (error) {
      if (!PeersocketsError.is(error)) throw error
      this.#round.count(`${error.code} thrown`)
      if (error.code !== 'ERR_PEER_NOT_IN_TOPIC')
        this.#round.fault(`send threw ${error.code} on ${ground.name}: ${error.message}`)
      this.#dropped.add(keyOf(message))
      return undefined
    }
  }

  /** All is quiet: nothing of what was said is on its way. */
  forget(): void {
    this.#said = new Map()
    this.#dropped = new Set()
  }

  async stop(): Promise<void> {
    await this.#sockets.stop()
  }

  #hear(ground: Ground, message: Saying, peer: Peer, from: Guest): void {
    this.#ledger.hear(message, this.name, ground.name, peer)
    const said = from.#said.get(keyOf(message))
    if (from.#dropped.has(keyOf(message)))
      this.#round.fault(`Heard, though its sender was told that it was dropped: ${keyOf(message)}.`)
    if (said === undefined) this.#round.fault(`Of a time long ago: ${keyOf(message)}.`)
    // What goes out in a session is of no other. On a public topic there are none, and before one begins a message waits.
    else if (ground.isPrivate && said.seen && said.visit < this.visits(ground))
      this.#round.fault(`Of a time that is over: ${keyOf(message)}.`)
  }
}

function keyOf({ from, to, topic, n }: Saying): string {
  return `${from} to ${to} on ${topic} ${n}`
}
