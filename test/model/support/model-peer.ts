import { type Peer, Peersockets, PeersocketsError, type Topic, type TopicHandle } from 'peersockets'
import type { Member, Stream } from '../../../torture/src/stacks.js'

export type Place = 0 | 1 | 2

type RawTopic = Topic<Buffer>

/** A message as a handle got it. */
export interface Heard {
  readonly text: string
  readonly peer: Peer
}

/** A handle, and what it heard. */
export interface ModelHandle {
  readonly topic: string
  readonly handle: TopicHandle<Buffer>
  /** The id that the next message was to have when it was opened. */
  readonly openedAt: number
  /** What it got since all was settled. */
  received: Heard[]
  /** Whom it was told of as joined, and not as left, by public key. */
  readonly present: Map<string, Peer>
  open: boolean
}

/** A message that was dropped after it was sent, as the sender was told. */
export interface Report {
  readonly text: string
  readonly topic: string | undefined
  /** Of the peer that it was for. */
  readonly key: string
}

/** More than what is waited for ever takes, and less than what peersockets waits before it gives up. */
const PATIENCE_MS = 5000

/** One peer of a model, with all that its handles hear. */
export class ModelPeer {
  /** When it joined or left a topic last. */
  readonly changedAt = new Map<string, number>()
  readonly leftAt = new Map<string, number>()
  /** How many `Peersockets` have begun to send before all was sent that the one before had accepted. */
  life = 0
  /** What must never happen, and did. */
  readonly faults: string[] = []
  sockets: Peersockets
  readonly #topics: Readonly<Record<string, RawTopic>>
  #handles: ModelHandle[] = []
  #left = new Set<string>()
  #reports: Report[] = []

  constructor(
    readonly place: Place,
    readonly member: Member,
    topics: Readonly<Record<string, RawTopic>>
  ) {
    this.#topics = topics
    this.sockets = this.#start()
  }

  get key(): Buffer {
    return this.member.key
  }

  /** What it was told of messages since all was settled. */
  get reports(): readonly Report[] {
    return this.#reports
  }

  /** The open handles of a topic, oldest first. */
  handles(topic: string): readonly ModelHandle[] {
    return this.allHandles(topic).filter(({ open }) => open)
  }

  /** Those too that were closed since all was settled. */
  allHandles(topic: string): readonly ModelHandle[] {
    return this.#handles.filter(handle => handle.topic === topic)
  }

  isIn(topic: string): boolean {
    return this.handles(topic).length > 0
  }

  /** The topics left since this was asked last. */
  takeLeft(): readonly string[] {
    const left = [...this.#left].filter(topic => !this.isIn(topic))
    this.#left = new Set()
    return left
  }

  join(topic: string, openedAt: number): void {
    const definition = this.#topics[topic]
    if (definition === undefined) throw new RangeError(`There is no topic ${topic}.`)
    const present = new Map<string, Peer>()
    const heardOf = (peer: Peer, what: string, right: boolean): void => {
      if (!right || !joined.open) this.faults.push(`${topic} at ${this.place}: ${what} of ${nameOf(peer)}`)
    }
    const handle = this.sockets.join(definition, {
      onmessage: (message, peer) => {
        heardOf(peer, 'message after closing', true)
        joined.received.push({ text: message.toString(), peer })
      },
      onpeerjoin: peer => {
        heardOf(peer, 'second join', !present.has(nameOf(peer)))
        present.set(nameOf(peer), peer)
      },
      onpeerleave: peer => {
        heardOf(peer, 'leave of another than has joined', present.get(nameOf(peer)) === peer)
        present.delete(nameOf(peer))
      },
      onclose: () => {
        joined.open = false
        this.#left.add(topic)
      }
    })
    const joined: ModelHandle = { topic, handle, openedAt, received: [], present, open: true }
    this.#handles.push(joined)
  }

  /** Sends, or gives the code of what was thrown. */
  send(topic: string, text: string, to: ModelPeer): string | undefined {
    try {
      this.handles(topic).at(-1)?.handle.send(text, to.key)
      return undefined
    } catch (error) {
      if (!PeersocketsError.is(error)) throw error
      return error.code
    }
  }

  /** Leaves a topic. Resolves when what it has sent there is out. */
  leave(topic: string): Promise<void> {
    return this.#inTime('leave', this.sockets.leave(topic))
  }

  /** Stops. Resolves when what it has sent is out. */
  stop(): Promise<void> {
    return this.#inTime('stop', this.sockets.stop())
  }

  /** Another `Peersockets` takes the place of the one that was stopped. */
  begin(): void {
    this.sockets = this.#start()
  }

  /** All is settled: what was heard until now has been looked at. */
  forget(): void {
    this.#handles = this.#handles.filter(({ open }) => open)
    for (const handle of this.#handles) handle.received = []
    this.#reports = []
  }

  /** Calls back when a connection comes up, after its own `Peersockets` has heard of it. Gives what ends that. */
  onconnected(callback: (stream: Stream) => void): () => void {
    return this.member.onstream(callback)
  }

  async #inTime(what: string, work: Promise<void>): Promise<void> {
    const begun = performance.now()
    await work
    const taken = performance.now() - begun
    if (taken > PATIENCE_MS) this.faults.push(`${what} at ${this.place} took ${taken} ms.`)
  }

  #start(): Peersockets {
    const sockets = new Peersockets(this.member.network())
    sockets.on('reject', ({ code, message, topic, dropped }, peer) => {
      if (code !== 'ERR_PEER_NOT_IN_TOPIC' || dropped.length === 0)
        this.faults.push(`${topic} at ${this.place}: ${code}: ${message}`)
      for (const text of dropped) this.#reports.push({ text: String(text), topic, key: nameOf(peer) })
    })
    return sockets
  }
}

export function nameOf(peer: Peer): string {
  return peer.remotePublicKey.toString('hex')
}
