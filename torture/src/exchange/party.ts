import { msgpack } from '@peersockets/codec-msgpack'
import { hmac } from '@peersockets/mw-hmac'
import {
  defineTopic,
  type ErrorCode,
  type Middleware,
  type Peersockets,
  PeersocketsError,
  type Topic,
  type TopicHandle
} from 'peersockets'
import type { Round } from '../scenario.js'
import type { AnyNetwork, Member } from '../stacks.js'
import { type Ledger, type Saying, saying } from './ledger.js'

/** What a connection that breaks, and who leaves, may do to a message. */
const LOSSES: ReadonlySet<string> = new Set<ErrorCode>([
  'ERR_PEER_NOT_IN_TOPIC',
  'ERR_UNKNOWN_PEER',
  'ERR_PEER_CONGESTED',
  'ERR_CLOSED'
])

export type SayingTopic = Topic<Saying>

/** Typed and signed topics: a private one, a public one, and one whose middleware takes its time. */
export function sayingTopics(lazy: Middleware): readonly SayingTopic[] {
  return [
    defineTopic({ name: 'private', schema: saying, codec: msgpack(), middleware: [hmac()] }),
    defineTopic({ name: 'public', private: false, schema: saying, codec: msgpack(), middleware: [hmac()] }),
    defineTopic({ name: 'lazy', schema: saying, codec: msgpack(), middleware: [lazy, hmac()] })
  ]
}

/** A middleware that returns at once, or some turns later, by `turns`. */
export function lazily(turns: () => number): Middleware {
  const pass = (frame: Buffer): Buffer | Promise<Buffer> => {
    const left = turns()
    return left === 0 ? frame : later(frame, left)
  }
  return { name: 'lazy', open: () => ({ send: pass, receive: pass }) }
}

async function later(frame: Buffer, turns: number): Promise<Buffer> {
  const copy = Buffer.from(frame)
  for (let turn = 0; turn < turns; turn++) await new Promise(resolve => setImmediate(resolve))
  return copy
}

export interface PartyOptions {
  readonly name: string
  readonly key: Buffer
  readonly topics: readonly SayingTopic[]
  readonly round: Round
  readonly ledger: Ledger
  /** Makes its `Peersockets`, each time that it starts. */
  create(): Peersockets
}

/** One peer in all topics, whose messages are kept account of. */
export class Party {
  readonly name: string
  readonly key: Buffer
  readonly #options: PartyOptions
  #sockets: Peersockets
  #rooms = new Map<SayingTopic, TopicHandle<Saying>>()
  #life = 0

  constructor(options: PartyOptions) {
    this.name = options.name
    this.key = options.key
    this.#options = options
    this.#sockets = this.#start()
  }

  /** How many topics know the other to be in them, on one connection and no more. */
  meets(): number {
    return [...this.#rooms.values()].filter(({ peers }) => peers.size === 1).length
  }

  /** Says something on a topic. Gives it, and whether there is room for more. */
  say(topic: SayingTopic, to: Party): { readonly message: Saying; readonly room: boolean } {
    const { ledger, round } = this.#options
    const message = ledger.say(this.name, to.name, topic.name ?? '', this.#life)
    try {
      return { message, room: this.#rooms.get(topic)?.send(message, to.key) ?? false }
    } catch (error) {
      if (!PeersocketsError.is(error) || !LOSSES.has(error.code)) throw error
      round.count(error.code)
      return { message, room: false }
    }
  }

  /** Leaves a topic, and joins it again at once. */
  rejoin(topic: SayingTopic): void {
    void this.#sockets.leave(topic)
    this.#join(topic)
  }

  /** Puts another `Peersockets` in the place of the one that is there, and waits for what that still has to send, or does not. */
  async restart(waits: boolean): Promise<void> {
    const stopped = this.stop()
    if (waits) await stopped
    else this.#life++
    this.#sockets = this.#start()
  }

  async stop(): Promise<void> {
    await this.#sockets.stop()
  }

  #start(): Peersockets {
    const { create, topics, round, name } = this.#options
    this.#sockets = create()
    this.#sockets.on('reject', error => {
      round.count(error.code)
      if (!LOSSES.has(error.code))
        round.fault(`${name} was told ${error.code} on ${error.topic}: ${error.message}`)
    })
    for (const topic of topics) this.#join(topic)
    return this.#sockets
  }

  #join(topic: SayingTopic): void {
    const { ledger, name } = this.#options
    const room = this.#sockets.join(topic, {
      onmessage: (message, peer) => ledger.hear(message, name, room.name, peer)
    })
    this.#rooms.set(topic, room)
  }
}

export function partyOf(
  member: Member,
  options: Omit<PartyOptions, 'key' | 'create'>,
  create: (network: AnyNetwork) => Peersockets
): Party {
  return new Party({ ...options, key: member.key, create: () => create(member.network()) })
}
