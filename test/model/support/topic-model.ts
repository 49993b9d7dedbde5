import { type Link, settled } from '@peersockets/testing'
import { defineTopic, type Middleware, type Topic } from 'peersockets'
import { expect } from 'vitest'
import {
  createMemoryMembers,
  type MemoryMembers,
  type MemoryStackName,
  type Stream
} from '../../../torture/src/stacks.js'
import { type ModelHandle, ModelPeer, nameOf, type Place, type Report } from './model-peer.js'

/** Neighbours in the sorted list of extensions, where a wrong number on wire v0 would hit the next one. */
export const TOPICS = ['a', 'aa', 'ab', 'b', 'c'] as const
export type TopicName = (typeof TOPICS)[number]
export type Pair = readonly [Place, Place]

/** Something that may happen. What makes no sense when its turn comes is passed over. */
export type Step =
  /** One more handle of the topic. */
  | { readonly kind: 'join'; readonly at: Place; readonly topic: TopicName }
  /** The oldest handle of the topic closes. */
  | { readonly kind: 'close'; readonly at: Place; readonly topic: TopicName }
  /** Every handle of the topic closes. With `waits`, nothing else happens before what was sent in it is out. */
  | { readonly kind: 'leave'; readonly at: Place; readonly topic: TopicName; readonly waits?: boolean }
  /** The same, and a new one opens at once. */
  | { readonly kind: 'rejoin'; readonly at: Place; readonly topic: TopicName }
  | { readonly kind: 'send'; readonly pair: Pair; readonly topic: TopicName }
  | { readonly kind: 'broadcast'; readonly at: Place; readonly topic: TopicName }
  /** The peer's `Peersockets` stops, and another takes its place on the same connections: at once, or when it is out of them. */
  | { readonly kind: 'restart'; readonly at: Place; readonly rejoin: boolean; readonly waits?: boolean }
  /** A first connection or a second one; both sides send on `early` as soon as they hear of it. */
  | { readonly kind: 'connect'; readonly pair: Pair; readonly early: TopicName | undefined }
  | { readonly kind: 'disconnect'; readonly pair: Pair; readonly which: 'older' | 'newer' }
  /** One end of a connection is destroyed, and the other hears of it while both go on. */
  | { readonly kind: 'kill'; readonly pair: Pair; readonly which: 'older' | 'newer'; readonly end: 0 | 1 }
  /** Some of what is on its way arrives. */
  | { readonly kind: 'turn' }
  | { readonly kind: 'settle' }

/**
 * What must become of a message: it arrives; its sender is told, at once or later; one of the two; it goes nowhere, without a
 * word; or any one of these, because it was underway when its receiver left or its connection broke.
 */
export type Fate = 'arrives' | 'told' | 'either' | 'dropped' | 'open'

/** A message to one peer. */
interface Message {
  readonly id: number
  readonly from: Place
  readonly to: Place
  readonly topic: TopicName
  /** Which life of its sender it is from. */
  readonly life: number
  /** The sender's end of the connection that it goes on, where that is certain. */
  readonly via: Stream | undefined
  fate: Fate
  /** `send` has thrown. */
  thrown: boolean
}

interface Connection {
  readonly pair: Pair
  readonly link: Link<Stream>
  readonly since: number
  /** One of its ends was destroyed. */
  dying: boolean
  /** How often one of its ends has begun anew, and when it did so last. */
  beginnings: number
  begunAt: number
}

/** What a run came to, so that a test can tell that it was about something. */
export interface Outcome {
  readonly delivered: number
  readonly reported: number
}

/** What the topics of a run are, and what they run on. */
export interface Setting {
  readonly stack: MemoryStackName
  readonly isPrivate: boolean
}

/** Connections between two peers at a time. */
const MOST_CONNECTIONS = 2
/** A peer that begins anew too often on a connection is answered later: each time costs two of sixteen greetings. */
const MOST_BEGINNINGS = 6

/** Plays `steps` among three peers, and compares what they see with what the model says, whenever all is settled. */
export async function play(steps: readonly Step[], setting: Setting): Promise<Outcome> {
  const network = await createMemoryMembers(setting.stack, { peers: 3, connected: false })
  try {
    const model = new TopicModel(network, setting)
    for (const pair of [
      [0, 1],
      [0, 2],
      [1, 2]
    ] as const) {
      await model.play({ kind: 'connect', pair, early: undefined })
    }
    for (const step of steps) await model.play(step)
    await model.play({ kind: 'settle' })
    return model.outcome
  } finally {
    await network.close()
  }
}

class TopicModel {
  readonly outcome = { delivered: 0, reported: 0 }
  readonly #network: MemoryMembers
  readonly #isPrivate: boolean
  /** On a Protomux channel, a message waits for the peer to open its own, or is dropped. */
  readonly #hasChannels: boolean
  readonly #peers: readonly [ModelPeer, ModelPeer, ModelPeer]
  /** The oldest first. */
  #connections: readonly Connection[] = []
  /** By their ids. */
  #messages = new Map<number, Message>()
  #nextId = 0
  #time = 0
  #settledAt = 0

  constructor(network: MemoryMembers, { stack, isPrivate }: Setting) {
    this.#network = network
    this.#isPrivate = isPrivate
    this.#hasChannels = !isPrivate && stack === 'hyperswarm-memory'
    const topics = topicsOf(isPrivate)
    const peer = (place: Place): ModelPeer => {
      const member = network.members[place]
      if (member === undefined) throw new RangeError(`There is no peer ${place}.`)
      return new ModelPeer(place, member, topics)
    }
    this.#peers = [peer(0), peer(1), peer(2)]
  }

  async play(step: Step): Promise<void> {
    this.#time++
    switch (step.kind) {
      case 'join':
        this.#join(this.#peers[step.at], step.topic)
        break
      case 'close':
        void this.#peers[step.at].handles(step.topic).at(0)?.handle.close()
        this.#noteLeaving(this.#peers[step.at])
        break
      case 'leave':
        await this.#leave(this.#peers[step.at], step.topic, step.waits ?? false)
        break
      case 'rejoin':
        this.#rejoin(this.#peers[step.at], step.topic)
        break
      case 'send':
        this.#send(this.#peers[step.pair[0]], this.#peers[step.pair[1]], step.topic)
        break
      case 'broadcast':
        this.#broadcast(this.#peers[step.at], step.topic)
        break
      case 'restart':
        await this.#restart(this.#peers[step.at], step.rejoin, step.waits ?? false)
        break
      case 'connect':
        await this.#connect(step.pair, step.early)
        break
      case 'disconnect':
        await this.#disconnect(step.pair, step.which)
        break
      case 'kill':
        this.#kill(step.pair, step.which, step.end)
        break
      case 'turn':
        await new Promise(resolve => setImmediate(resolve))
        break
      case 'settle':
        await settled()
        this.#check()
    }
  }

  #join(peer: ModelPeer, topic: TopicName): void {
    const before = peer.isIn(topic)
    peer.join(topic, this.#nextId)
    if (before) return
    peer.changedAt.set(topic, this.#time)
    for (const message of this.#messages.values()) {
      if (message.to !== peer.place || message.topic !== topic || message.thrown) continue
      // Sent before it came: on wire v1 it may have waited, on wire v0 it may still be underway.
      if (message.fate === 'told') message.fate = 'either'
      if (message.fate === 'dropped') message.fate = 'open'
    }
  }

  async #leave(peer: ModelPeer, topic: TopicName, waits: boolean): Promise<void> {
    const left = peer.leave(topic)
    this.#noteLeaving(peer)
    if (!waits) return
    await left
    this.#checkArrival(peer, [topic])
  }

  #rejoin(peer: ModelPeer, topic: TopicName): void {
    if (!peer.isIn(topic)) return
    const changedAt = peer.changedAt.get(topic)
    void peer.leave(topic)
    this.#noteLeaving(peer)
    this.#join(peer, topic)
    this.#stay(peer, topic, changedAt)
  }

  /** Who closes a channel and opens it again in one tick has never left. */
  #stay(peer: ModelPeer, topic: TopicName, changedAt: number | undefined): void {
    if (this.#hasChannels && peer.isIn(topic)) peer.changedAt.set(topic, changedAt ?? 0)
  }

  /** Notes what it means for messages underway that `peer` may have left topics. What it has sent goes on. */
  #noteLeaving(peer: ModelPeer): void {
    for (const topic of peer.takeLeft()) {
      peer.changedAt.set(topic, this.#time)
      peer.leftAt.set(topic, this.#time)
      for (const message of this.#messages.values()) {
        // What has come in a session that ends is lost in a middleware that takes its time.
        const isSlow = this.#isPrivate && topic === 'ab' && message.from === peer.place
        if (message.topic !== topic || (message.to !== peer.place && !isSlow)) continue
        if (message.fate === 'arrives' || message.fate === 'either') message.fate = 'open'
      }
    }
  }

  async #restart(peer: ModelPeer, rejoin: boolean, waits: boolean): Promise<void> {
    const connections = this.#connections.filter(({ pair }) => pair.includes(peer.place))
    const anew = waits && connections.every(({ beginnings }) => beginnings < MOST_BEGINNINGS)
    const joined = TOPICS.filter(topic => peer.isIn(topic)).map(
      topic => [topic, peer.changedAt.get(topic)] as const
    )
    const stopped = peer.stop()
    this.#noteLeaving(peer)
    if (anew) {
      await stopped
      this.#checkArrival(peer, TOPICS)
      for (const connection of connections) {
        connection.beginnings++
        connection.begunAt = this.#time
      }
    } else peer.life++
    peer.begin()
    if (!rejoin) return
    for (const [topic, changedAt] of joined) {
      this.#join(peer, topic)
      if (!anew) this.#stay(peer, topic, changedAt)
    }
  }

  #send(from: ModelPeer, to: ModelPeer, wanted: TopicName): void {
    const topic = orJoined(from, wanted)
    if (!from.isIn(topic)) return
    const all = this.#connectionsBetween([from.place, to.place])
    const connections = all.filter(({ dying }) => !dying)
    const newest = connections.at(-1)
    if (newest === undefined) {
      // The other end of one that was destroyed may not know yet.
      const { id } = this.#note(from, to, topic, undefined, false, 'open')
      const code = from.send(topic, `${id}`, to)
      if (all.length === 0) expect(code).toBe('ERR_UNKNOWN_PEER')
      return
    }
    const isOnly = all.length === 1
    const known = this.#isKnown(to, topic, isOnly ? newest.since : 0)
    const via = isOnly || (all.at(-1) === newest && (!this.#isPrivate || known)) ? newest : undefined
    // Even where it is known that one end of a connection is gone, it is not known whether the other end knows that.
    const fate = all.length > connections.length ? 'open' : undefined
    const message = this.#note(from, to, topic, via && endOf(via, from), known, fate)
    const code = from.send(topic, `${message.id}`, to)
    message.thrown = code !== undefined
    if (code !== undefined) {
      expect(code).toBe('ERR_PEER_NOT_IN_TOPIC')
      expect(['told', 'either', 'open']).toContain(message.fate)
    }
    const isSettled = all.every(({ since, begunAt }) => Math.max(since, begunAt) <= this.#settledAt)
    if (message.fate === 'told' && isSettled) expect(code).toBe('ERR_PEER_NOT_IN_TOPIC')
  }

  /** Notes a message to one peer; `known`: whether its sender knows, or will know first, if that is in the topic. */
  #note(
    from: ModelPeer,
    to: ModelPeer,
    topic: TopicName,
    via: Stream | undefined,
    known: boolean,
    fate: Fate = this.#fate(to, topic, known)
  ): Message {
    const id = this.#nextId++
    const [life, thrown] = [from.life, false]
    const message = { id, from: from.place, to: to.place, topic, life, via, fate, thrown }
    this.#messages.set(id, message)
    return message
  }

  #fate(to: ModelPeer, topic: TopicName, known: boolean): Fate {
    if (to.isIn(topic)) {
      if (known) return 'arrives'
      if (!this.#isPrivate) return this.#hasChannels ? 'open' : 'arrives'
      // What is sent in a session that is over by now is lost.
      return this.#hasLeft(to, topic) ? 'open' : 'either'
    }
    if (!this.#isPrivate) return 'dropped'
    return known ? 'told' : 'open'
  }

  /** Whether a peer that is connected to `peer` since a time knows by now whether that is in a topic, or will know it at first. */
  #isKnown(peer: ModelPeer, topic: TopicName, since: number): boolean {
    return (peer.changedAt.get(topic) ?? 0) <= Math.max(this.#settledAt, since)
  }

  #hasLeft(peer: ModelPeer, topic: TopicName): boolean {
    return (peer.leftAt.get(topic) ?? 0) > this.#settledAt
  }

  #broadcast(from: ModelPeer, wanted: TopicName): void {
    const topic = orJoined(from, wanted)
    const handle = from.handles(topic).at(-1)?.handle
    if (handle === undefined) return
    const seen = new Set(Array.from(handle.peers, nameOf))
    const messages: Message[] = []
    for (const to of this.#peers) {
      if (to === from) continue
      const all = this.#connectionsBetween([from.place, to.place])
      const isSettled = all.every(
        ({ dying, since, begunAt }) => !dying && Math.max(since, begunAt) <= this.#settledAt
      )
      const known = this.#isKnown(to, topic, 0)
      const isSeen = seen.has(to.key.toString('hex'))
      if (isSettled && known && this.#isKnown(from, topic, 0))
        expect(isSeen).toBe(to.isIn(topic) && all.length > 0)
      if (!isSeen) continue
      const newest = all.at(-1)
      const via = newest !== undefined && (all.length === 1 || (isSettled && known)) ? newest : undefined
      const fate = all.some(({ dying }) => dying) ? 'open' : undefined
      messages.push(this.#note(from, to, topic, via && endOf(via, from), known, fate))
    }
    // One message to several peers: each finds its own id in it.
    expect(handle.broadcast(messages.map(({ id }) => id).join(' '))).toBe(messages.length)
  }

  async #connect(pair: Pair, early: TopicName | undefined): Promise<void> {
    const ends = pair.map(place => this.#peers[place])
    if (this.#connectionsBetween(pair).length >= MOST_CONNECTIONS) return
    const since = this.#time
    const unlisten = ends.map((from, n) => {
      const to = ends[1 - n]
      return from.onconnected(stream => {
        if (early === undefined || to === undefined) return
        const topic = orJoined(from, early)
        if (!from.isIn(topic)) return
        const message = this.#note(from, to, topic, stream, this.#isKnown(to, topic, since))
        expect(from.send(topic, `${message.id}`, to)).toBeUndefined()
      })
    })
    const link = await this.#network.connect(...pair)
    for (const off of unlisten) off()
    this.#connections = [...this.#connections, { pair, link, since, dying: false, beginnings: 0, begunAt: 0 }]
  }

  async #disconnect(pair: Pair, which: 'older' | 'newer'): Promise<void> {
    const connection = this.#pick(pair, which)
    if (connection === undefined) return
    this.#connections = this.#connections.filter(other => other !== connection)
    await connection.link.disconnect()
    this.#noteBreak(connection)
  }

  #kill(pair: Pair, which: 'older' | 'newer', end: 0 | 1): void {
    const connection = this.#pick(pair, which)
    if (connection === undefined) return
    connection.dying = true
    connection.link.streams[end].destroy()
    this.#noteBreak(connection)
  }

  #pick(pair: Pair, which: 'older' | 'newer'): Connection | undefined {
    return this.#connectionsBetween(pair).at(which === 'older' ? 0 : -1)
  }

  /** What may have been on a connection that breaks may be lost. */
  #noteBreak({ pair, link }: Connection): void {
    for (const message of this.#messages.values()) {
      const { from, to, via } = message
      const isBetween = pair.includes(from) && pair.includes(to)
      if (via === undefined ? isBetween : link.streams.includes(via)) message.fate = 'open'
    }
  }

  #connectionsBetween(pair: Pair): readonly Connection[] {
    return this.#connections.filter(connection => pair.every(place => connection.pair.includes(place)))
  }

  /** What a peer had sent in topics when it left them, and has waited for, is at its receivers. */
  #checkArrival(from: ModelPeer, topics: readonly TopicName[]): void {
    for (const { id, from: place, to, topic, fate } of this.#messages.values()) {
      const all = this.#connectionsBetween([place, to])
      // A middleware that takes its time does so at the receiver too; and before two have met, nobody says what has arrived.
      const isMet = all.every(({ since, begunAt }) => Math.max(since, begunAt) <= this.#settledAt)
      // And what waits for a channel goes into one that is not quite open at the receiver.
      const isOpen = !this.#hasChannels || this.#isKnown(from, topic, 0)
      const isCertain = topic !== 'ab' && isMet && isOpen
      if (place !== from.place || !topics.includes(topic) || fate !== 'arrives' || !isCertain) continue
      const heard = this.#peers[to].allHandles(topic).flatMap(({ received }) => received)
      expect(heard.flatMap(({ text }) => idsOf(text))).toContain(id)
    }
  }

  #check(): void {
    this.#connections = this.#connections.filter(({ dying }) => !dying)
    for (const peer of this.#peers) {
      expect(peer.faults).toEqual([])
      const told = this.#toldTo(peer)
      this.outcome.reported += told.size
      for (const topic of TOPICS) {
        this.#checkPresence(peer, topic)
        const heard = this.#heardBy(peer, topic)
        for (const from of this.#peers) this.#checkDelivery(from, peer, topic, heard)
      }
    }
    for (const peer of this.#peers) peer.forget()
    this.#messages.clear()
    this.#settledAt = this.#time
  }

  /** A peer is its public key, however many connections it has. */
  #checkPresence(peer: ModelPeer, topic: TopicName): void {
    const others = this.#peers.filter(
      other =>
        other !== peer && other.isIn(topic) && this.#connectionsBetween([peer.place, other.place]).length > 0
    )
    const expected = others.map(({ key }) => key.toString('hex')).toSorted()
    for (const { handle, present } of peer.handles(topic)) {
      expect(Array.from(handle.peers, nameOf).toSorted()).toEqual(expected)
      expect(new Set(present.values())).toEqual(new Set(handle.peers))
    }
  }

  #checkDelivery(from: ModelPeer, to: ModelPeer, topic: TopicName, heard: Heard): void {
    const messages = [...this.#messages.values()].filter(
      message => message.from === from.place && message.to === to.place && message.topic === topic
    )
    const arrivals = new Set([...heard.values()].flat())
    const told = this.#toldTo(from)
    const ends = (message: Message): string[] => {
      const isTold = message.thrown || told.has(message.id)
      return [arrivals.has(message.id) ? 'arrives' : '', isTold ? 'told' : ''].filter(end => end !== '')
    }
    for (const message of messages) expect(ENDS[message.fate]).toContainEqual(ends(message))
    for (const [{ open, openedAt }, ids] of heard) {
      const mine = messages.filter(({ id }) => arrivals.has(id))
      // What any handle hears, all of them do that were open when it was sent.
      for (const { id } of mine) if (open && id >= openedAt) expect(ids).toContain(id)
      for (const { via, life } of mine) {
        if (via === undefined) continue
        const inOrder = ids.filter(id => {
          const message = this.#messages.get(id)
          return message?.via === via && message.life === life
        })
        expect(inOrder).toEqual(inOrder.toSorted((left, right) => left - right))
      }
    }
    this.outcome.delivered += messages.filter(({ id }) => arrivals.has(id)).length
    this.outcome.reported += messages.filter(({ thrown }) => thrown).length
  }

  /** The messages of a peer that it was told of as dropped, each once. */
  #toldTo(peer: ModelPeer): ReadonlySet<number> {
    const ids = peer.reports.map(report => this.#idOf(peer, report))
    expect(new Set(ids).size).toBe(ids.length)
    return new Set(ids)
  }

  #idOf(from: ModelPeer, { text, topic, key }: Report): number {
    const mine = idsOf(text).filter(id => {
      const message = this.#messages.get(id)
      const to = message && this.#peers[message.to].key.toString('hex')
      return message?.from === from.place && message.topic === topic && to === key
    })
    expect(mine).toHaveLength(1)
    return mine[0] ?? -1
  }

  /** What the handles of `peer` in a topic have heard, each message once. Fails for what was meant for somebody else, or for nobody. */
  #heardBy(peer: ModelPeer, topic: TopicName): Heard {
    return new Map(
      peer.allHandles(topic).map(handle => {
        const ids = handle.received.map(({ text, peer: from }) => {
          const mine = idsOf(text).filter(id => {
            const message = this.#messages.get(id)
            const isFrom = message && this.#peers[message.from].key.equals(from.remotePublicKey)
            return isFrom && message.to === peer.place && message.topic === topic
          })
          expect(mine).toHaveLength(1)
          return mine[0] ?? -1
        })
        expect(new Set(ids).size).toBe(ids.length)
        return [handle, ids]
      })
    )
  }
}

/** The ids of what each handle heard. */
type Heard = ReadonlyMap<ModelHandle, readonly number[]>

/** What may have become of a message of each fate. */
const ENDS: Readonly<Record<Fate, readonly (readonly string[])[]>> = {
  arrives: [['arrives']],
  told: [['told']],
  either: [['arrives'], ['told']],
  dropped: [[]],
  open: [['arrives'], ['told'], []]
}

function idsOf(text: string): number[] {
  return text.split(' ').map(Number)
}

/** The topic that is wanted, or another if the peer is not in it, so that fewer steps are passed over. */
function orJoined(peer: ModelPeer, wanted: TopicName): TopicName {
  return peer.isIn(wanted) ? wanted : (TOPICS.find(topic => peer.isIn(topic)) ?? wanted)
}

function endOf({ pair, link }: Connection, peer: ModelPeer): Stream {
  return link.streams[pair[0] === peer.place ? 0 : 1]
}

/** A topic of every kind: what a message passes through must make no difference. */
function topicsOf(isPrivate: boolean): Record<TopicName, Topic<Buffer>> {
  const raw = (name: string, middleware: readonly Middleware[] = []): Topic<Buffer> =>
    isPrivate ? defineTopic({ name, middleware }) : defineTopic({ name, middleware, private: false })
  return {
    a: raw('a'),
    aa: raw('aa', [counting]),
    ab: raw('ab', [pausing]),
    b: isPrivate ? defineTopic({ name: 'b', batch: false }) : raw('b'),
    c: isPrivate ? defineTopic({ name: 'c', secret: Buffer.alloc(32, 'known to all three') }) : raw('c')
  }
}

/** Refuses what does not count on from where the session was, also after leaving and joining again, as a signer does. */
const counting: Middleware = {
  name: 'counting',
  open({ counters }) {
    return {
      send(frame) {
        const count = Buffer.alloc(4)
        count.writeUInt32BE(++counters.sent)
        return Buffer.concat([count, frame])
      },
      receive(frame) {
        const count = frame.readUInt32BE()
        if (count <= counters.received)
          throw new Error(`Frame ${count} came after frame ${counters.received}.`)
        counters.received = count
        return frame.subarray(4)
      }
    }
  }
}

/** Takes its time over every other frame. */
const pausing: Middleware = {
  name: 'pausing',
  open() {
    let frames = 0
    const pass = (frame: Buffer) => (frames++ % 2 === 0 ? frame : Promise.resolve(Buffer.from(frame)))
    return { send: pass, receive: pass }
  }
}
