import { type Peer, Peersockets, type Topic, type TopicHandle } from 'peersockets'
import type { Member, Stream } from '../../../torture/src/stacks.js'

export type Place = 0 | 1 | 2

type RawTopic = Topic<Buffer, Uint8Array | string>

/** A message as a handle got it. */
export interface Heard {
  readonly text: string
  readonly peer: Peer
}

/** A handle, and what it heard. */
export interface ModelHandle {
  readonly topic: string
  readonly handle: TopicHandle<Uint8Array | string, Buffer>
  /** The id that the next message was to have when it was opened. */
  readonly openedAt: number
  /** What it got since all was settled. */
  received: Heard[]
  /** Whom it was told of as joined, and not as left. */
  readonly present: Set<Peer>
  open: boolean
}

/** One peer of a model, with all that its handles hear. */
export class ModelPeer {
  /** When it joined or left a topic last. */
  readonly changedAt = new Map<string, number>()
  readonly leftAt = new Map<string, number>()
  restartedAt = 0
  /** What must never happen, and did. */
  readonly faults: string[] = []
  sockets: Peersockets
  readonly #topics: Readonly<Record<string, RawTopic>>
  #handles: ModelHandle[] = []
  #left = new Set<string>()
  #reports: { readonly topic: string | undefined; readonly key: string }[] = []

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

  /** How often it was told since all was settled that `to` is not in the topic. */
  reports(to: ModelPeer, topic: string): number {
    const key = to.key.toString('hex')
    return this.#reports.filter(report => report.topic === topic && report.key === key).length
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
    const present = new Set<Peer>()
    const heardOf = (peer: Peer, what: string, right: boolean): void => {
      if (!right || !joined.open) this.faults.push(`${topic} at ${this.place}: ${what} of ${nameOf(peer)}`)
    }
    const handle = this.sockets.join(definition, {
      onmessage: (message, peer) => {
        heardOf(peer, 'message after closing', true)
        joined.received.push({ text: message.toString(), peer })
      },
      onpeerjoin: peer => {
        heardOf(peer, 'second join', !present.has(peer))
        present.add(peer)
      },
      onpeerleave: peer => heardOf(peer, 'leave before join', present.delete(peer)),
      onclose: () => {
        joined.open = false
        this.#left.add(topic)
      }
    })
    const joined: ModelHandle = { topic, handle, openedAt, received: [], present, open: true }
    this.#handles.push(joined)
  }

  restart(): void {
    this.sockets.stop()
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

  #start(): Peersockets {
    const sockets = new Peersockets(this.member.network())
    sockets.on('reject', (error, peer) => {
      if (error.code === 'ERR_PEER_NOT_IN_TOPIC')
        this.#reports.push({ topic: error.topic, key: nameOf(peer) })
      else this.faults.push(`${error.topic} at ${this.place}: ${error.code}: ${error.message}`)
    })
    return sockets
  }
}

function nameOf(peer: Peer): string {
  return peer.remotePublicKey.toString('hex')
}
