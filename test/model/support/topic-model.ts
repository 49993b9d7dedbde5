import type { Link } from '@peersockets/testing'
import { defineTopic, type Middleware, type Peer, type Session, type Topic } from 'peersockets'
import { expect } from 'vitest'
import {
  createMemoryMembers,
  type MemoryMembers,
  type MemoryStackName,
  type Stream
} from '../../../torture/src/stacks.js'
import { type ModelHandle, ModelPeer, type Place } from './model-peer.js'

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
  /** Every handle of the topic closes. */
  | { readonly kind: 'leave'; readonly at: Place; readonly topic: TopicName }
  /** The same, and a new one opens at once. */
  | { readonly kind: 'rejoin'; readonly at: Place; readonly topic: TopicName }
  | { readonly kind: 'send'; readonly pair: Pair; readonly topic: TopicName }
  | { readonly kind: 'broadcast'; readonly at: Place; readonly topic: TopicName }
  /** The peer's `Peersockets` stops, and another takes its place on the same connections. */
  | { readonly kind: 'restart'; readonly at: Place; readonly rejoin: boolean }
  /** A first connection or a second one; both sides send on `early` as soon as they hear of it. */
  | { readonly kind: 'connect'; readonly pair: Pair; readonly early: TopicName | undefined }
  | { readonly kind: 'disconnect'; readonly pair: Pair; readonly which: 'older' | 'newer' }
  /** Some of what is on its way arrives. */
  | { readonly kind: 'turn' }
  | { readonly kind: 'settle' }

/**
 * What must become of a message: it arrives; it is reported to its sender; one of the two; it goes nowhere, without a
 * word; or anything of all that, because it was underway when its receiver left or its connection broke.
 */
export type Fate = 'arrives' | 'reported' | 'either' | 'dropped' | 'open'

/** A message on one connection. */
interface Message {
  readonly id: number
  readonly from: Place
  readonly to: Place
  readonly topic: TopicName
  /** The sender's end of the connection. */
  readonly via: Stream
  fate: Fate
}

interface Connection {
  readonly pair: Pair
  readonly link: Link<Stream>
  readonly since: number
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
  /** Each end of a connection, by the other. */
  readonly #otherEnd = new Map<unknown, Stream>()
  readonly outcome = { delivered: 0, reported: 0 }
  readonly #network: MemoryMembers
  readonly #isPrivate: boolean
  /** On a Protomux channel, a message waits for the peer to open its own, or is dropped. */
  readonly #hasChannels: boolean
  readonly #peers: readonly [ModelPeer, ModelPeer, ModelPeer]
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
        this.#peers[step.at].handles(step.topic).at(0)?.handle.close()
        this.#noteLeaving(this.#peers[step.at])
        break
      case 'leave':
        this.#peers[step.at].sockets.leave(step.topic)
        this.#noteLeaving(this.#peers[step.at])
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
        this.#restart(this.#peers[step.at], step.rejoin)
        break
      case 'connect':
        await this.#connect(step.pair, step.early)
        break
      case 'disconnect':
        await this.#disconnect(step.pair, step.which)
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
    // A stopped `Peersockets` uses the topic until what an asynchronous middleware holds of it has gone out.
    if (topic === 'ab' && peer.restartedAt > this.#settledAt) return
    const before = peer.isIn(topic)
    peer.join(topic, this.#nextId)
    if (before) return
    peer.changedAt.set(topic, this.#time)
    for (const message of this.#messages.values()) {
      if (message.to !== peer.place || message.topic !== topic) continue
      // Sent before it came: on wire v1 it may have waited, on wire v0 it may still be underway.
      if (message.fate === 'reported') message.fate = 'either'
      if (message.fate === 'dropped') message.fate = 'open'
    }
  }

  #rejoin(peer: ModelPeer, topic: TopicName): void {
    if (!peer.isIn(topic)) return
    const changedAt = peer.changedAt.get(topic)
    peer.sockets.leave(topic)
    this.#noteLeaving(peer)
    this.#join(peer, topic)
    this.#stay(peer, topic, changedAt)
  }

  /** Who closes a channel and opens it again in one tick has never left. */
  #stay(peer: ModelPeer, topic: TopicName, changedAt: number | undefined): void {
    if (this.#hasChannels && peer.isIn(topic)) peer.changedAt.set(topic, changedAt ?? 0)
  }

  /** Notes what it means for messages underway that `peer` may have left topics. */
  #noteLeaving(peer: ModelPeer): void {
    for (const topic of peer.takeLeft()) {
      peer.changedAt.set(topic, this.#time)
      peer.leftAt.set(topic, this.#time)
      for (const message of this.#messages.values()) {
        if (message.topic !== topic) continue
        if (message.to === peer.place && message.fate !== 'reported' && message.fate !== 'dropped')
          message.fate = 'open'
        if (!this.#isPrivate || message.from !== peer.place) continue
        // It may have waited to hear whether the receiver is in the topic; then its sender is told.
        if (message.fate === 'arrives') message.fate = 'either'
        // Or it has gone out to a receiver that has left and joined again, and waits there for an ACCEPT that never comes.
        else if (message.fate === 'either' && this.#hasLeft(this.#peers[message.to], topic))
          message.fate = 'open'
      }
    }
  }

  #restart(peer: ModelPeer, rejoin: boolean): void {
    const joined = TOPICS.filter(topic => peer.isIn(topic)).map(
      topic => [topic, peer.changedAt.get(topic)] as const
    )
    peer.restart()
    this.#noteLeaving(peer)
    peer.restartedAt = this.#time
    if (!rejoin) return
    for (const [topic, changedAt] of joined) {
      this.#join(peer, topic)
      this.#stay(peer, topic, changedAt)
    }
  }

  #send(from: ModelPeer, to: ModelPeer, wanted: TopicName): void {
    const topic = orJoined(from, wanted)
    const handle = from.handles(topic).at(-1)?.handle
    if (handle === undefined) return
    const connection = this.#connectionsOf(from, to).at(-1)
    if (connection === undefined) {
      expect(() => handle.send('x', to.key)).toThrow(expect.objectContaining({ code: 'ERR_UNKNOWN_PEER' }))
      return
    }
    const id = this.#note(from, to, topic, endOf(connection, from), connection.since)
    handle.send(`${id}`, to.key)
  }

  /** Notes a message to one peer, and gives its id. */
  #note(from: ModelPeer, to: ModelPeer, topic: TopicName, via: Stream, since: number): number {
    const id = this.#nextId++
    const fate = this.#fate(to, topic, since)
    this.#messages.set(id, { id, from: from.place, to: to.place, topic, via, fate })
    return id
  }

  #fate(to: ModelPeer, topic: TopicName, since: number): Fate {
    const known = this.#isKnown(to, topic, since)
    if (to.isIn(topic)) {
      if (known) return 'arrives'
      if (!this.#isPrivate) return this.#hasChannels ? 'open' : 'arrives'
      return this.#isLost(to, since) ? 'open' : 'either'
    }
    if (!this.#isPrivate) return 'dropped'
    return known ? 'reported' : 'open'
  }

  /** Whether who is connected to `peer` since a time knows by now whether it is in a topic, or will know it at first. */
  #isKnown(peer: ModelPeer, topic: TopicName, since: number): boolean {
    return (peer.changedAt.get(topic) ?? 0) <= Math.max(this.#settledAt, since)
  }

  #hasLeft(peer: ModelPeer, topic: TopicName): boolean {
    return (peer.leftAt.get(topic) ?? 0) > this.#settledAt
  }

  /** Whether others may take `peer` for the instance that it was before, whose messages nobody reads. */
  #isLost(peer: ModelPeer, since: number): boolean {
    return peer.restartedAt > Math.max(this.#settledAt, since)
  }

  #broadcast(from: ModelPeer, wanted: TopicName): void {
    const topic = orJoined(from, wanted)
    const handle = from.handles(topic).at(-1)?.handle
    if (handle === undefined) return
    const known = new Set(Array.from(handle.peers, streamOf))
    const id = this.#nextId
    let expected = 0
    for (const to of this.#peers) {
      if (to === from) continue
      for (const connection of this.#connectionsOf(from, to)) {
        const via = endOf(connection, from)
        const certain = connection.since <= this.#settledAt
        const steady = [from, to].every(peer => this.#isKnown(peer, topic, 0) && !this.#isLost(peer, 0))
        if (certain && steady) expect(known.has(via)).toBe(to.isIn(topic))
        if (!known.has(via)) continue
        expected++
        this.#note(from, to, topic, via, connection.since)
      }
    }
    // One message to several peers: the ids are its numbers on each connection.
    const ids = Array.from({ length: expected }, (_, n) => id + n)
    expect(handle.broadcast(ids.join(' '))).toBe(expected)
  }

  async #connect(pair: Pair, early: TopicName | undefined): Promise<void> {
    const ends = pair.map(place => this.#peers[place])
    if (this.#connectionsBetween(pair).length === 2) return
    const since = this.#time
    const unlisten = ends.map((from, n) => {
      const to = ends[1 - n]
      return from.onconnected(stream => {
        if (early === undefined || to === undefined) return
        const topic = orJoined(from, early)
        const handle = from.handles(topic).at(-1)?.handle
        handle?.send(`${this.#note(from, to, topic, stream, since)}`, to.key)
      })
    })
    const link = await this.#network.connect(...pair)
    for (const off of unlisten) off()
    this.#connections = [...this.#connections, { pair, link, since }]
    const [near, far] = link.streams
    this.#otherEnd.set(near, far).set(far, near)
  }

  async #disconnect(pair: Pair, which: 'older' | 'newer'): Promise<void> {
    const between = this.#connectionsBetween(pair)
    const connection = which === 'older' ? between.at(0) : between.at(-1)
    if (connection === undefined) return
    this.#connections = this.#connections.filter(other => other !== connection)
    await connection.link.disconnect()
    for (const message of this.#messages.values()) {
      if (connection.link.streams.includes(message.via)) message.fate = 'open'
    }
  }

  #connectionsBetween(pair: Pair): readonly Connection[] {
    return this.#connections.filter(connection => pair.every(place => connection.pair.includes(place)))
  }

  #connectionsOf(one: ModelPeer, other: ModelPeer): readonly Connection[] {
    return this.#connectionsBetween([one.place, other.place])
  }

  #check(): void {
    for (const peer of this.#peers) {
      expect(peer.faults).toEqual([])
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

  #checkPresence(peer: ModelPeer, topic: TopicName): void {
    const present = this.#connections.filter(
      ({ pair: [one, other] }) =>
        (one === peer.place && this.#peers[other].isIn(topic)) ||
        (other === peer.place && this.#peers[one].isIn(topic))
    )
    const places = present.map(connection => this.#connections.indexOf(connection))
    for (const { handle, present: greeted } of peer.handles(topic)) {
      expect(this.#placesOf(handle.peers, peer)).toEqual(places)
      expect([...greeted].every(each => handle.peers.has(each)) && greeted.size === handle.peers.size).toBe(
        true
      )
    }
  }

  /** The connections of `peer` that peer objects stand for, by their numbers. */
  #placesOf(objects: Iterable<Peer>, peer: ModelPeer): readonly number[] {
    return Array.from(objects, streamOf)
      .map(stream => this.#connections.findIndex(connection => endOf(connection, peer) === stream))
      .toSorted((left, right) => left - right)
  }

  #checkDelivery(from: ModelPeer, to: ModelPeer, topic: TopicName, heard: Heard): void {
    const messages = [...this.#messages.values()].filter(
      message => message.from === from.place && message.to === to.place && message.topic === topic
    )
    const arrivals = new Set([...heard.values()].flat())
    const [arrived, missing] = [
      messages.filter(({ id }) => arrivals.has(id)),
      messages.filter(({ id }) => !arrivals.has(id))
    ]

    const fates = (some: readonly Message[]) => some.map(({ fate }) => fate)
    expect(fates(missing)).not.toContain('arrives')
    expect(fates(arrived)).not.toContain('reported')
    expect(fates(arrived)).not.toContain('dropped')
    const reports = from.reports(to, topic)
    const certain = fates(missing).filter(fate => fate === 'reported' || fate === 'either').length
    const possible = this.#isPrivate ? fates(missing).filter(fate => fate === 'open').length : 0
    expect(reports).toBeGreaterThanOrEqual(certain)
    expect(reports).toBeLessThanOrEqual(certain + possible)

    for (const [{ open, openedAt }, ids] of heard) {
      // What any handle hears, all of them do that were open when it was sent.
      for (const { id } of arrived) if (open && id >= openedAt) expect(ids).toContain(id)
      for (const via of new Set(messages.map(message => message.via))) {
        const ofConnection = ids.filter(id => this.#messages.get(id)?.via === via)
        expect(ofConnection).toEqual([...new Set(ofConnection)].toSorted((left, right) => left - right))
      }
    }
    this.outcome.delivered += arrived.length
    this.outcome.reported += reports
  }

  /** What the handles of `peer` in a topic have heard. Fails for what was meant for somebody else, or for nobody. */
  #heardBy(peer: ModelPeer, topic: TopicName): Heard {
    return new Map(
      peer.allHandles(topic).map(handle => [
        handle,
        handle.received.map(({ text, peer: from }) => {
          const mine = text
            .split(' ')
            .map(Number)
            .filter(id => {
              const message = this.#messages.get(id)
              return (
                message?.to === peer.place &&
                message.topic === topic &&
                this.#otherEnd.get(message.via) === streamOf(from)
              )
            })
          expect(mine).toHaveLength(1)
          return mine[0] ?? -1
        })
      ])
    )
  }
}

/** The ids of what each handle heard. */
type Heard = ReadonlyMap<ModelHandle, readonly number[]>

/** Which connection a peer object stands for. */
function streamOf(peer: Peer): unknown {
  return 'stream' in peer ? peer.stream : 'connection' in peer ? peer.connection : undefined
}

/** The topic that is wanted, or another if the peer is not in it, so that fewer steps are passed over. */
function orJoined(peer: ModelPeer, wanted: TopicName): TopicName {
  return peer.isIn(wanted) ? wanted : (TOPICS.find(topic => peer.isIn(topic)) ?? wanted)
}

function endOf({ pair, link }: Connection, peer: ModelPeer): Stream {
  return link.streams[pair[0] === peer.place ? 0 : 1]
}

/** A topic of every kind: what a message passes through must make no difference. */
function topicsOf(isPrivate: boolean): Record<TopicName, Topic<Buffer, Uint8Array | string>> {
  return {
    a: defineTopic({ name: 'a', private: isPrivate }),
    aa: defineTopic({ name: 'aa', private: isPrivate, middleware: [counting] }),
    ab: defineTopic({ name: 'ab', private: isPrivate, middleware: [pausing] }),
    b: defineTopic({ name: 'b', private: isPrivate, ...(isPrivate && { batch: false }) }),
    c: defineTopic({ name: 'c', private: isPrivate, ...(isPrivate && { secret: 'known to all three' }) })
  }
}

const counters = new WeakMap<Session, { sent: number; received: number }>()

/** Refuses what does not count on from where the session was, also after leaving and joining again, as a signer does. */
const counting: Middleware = {
  name: 'counting',
  open(session) {
    const counter = counters.get(session) ?? { sent: 0, received: 0 }
    counters.set(session, counter)
    return {
      send(frame) {
        const count = Buffer.alloc(4)
        count.writeUInt32BE(++counter.sent)
        return Buffer.concat([count, frame])
      },
      receive(frame) {
        const count = frame.readUInt32BE()
        if (count <= counter.received) throw new Error(`Frame ${count} came after frame ${counter.received}.`)
        counter.received = count
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

/** In memory everything that was sent has arrived, and its promises have settled, a few turns of the event loop later. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve))
}
