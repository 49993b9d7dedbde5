import type { PeersocketsError } from '../errors.js'
import type { Connection } from '../transport/transport.js'
import { MAX_FAILED_CHECKS, MAX_MATCHES, MAX_REMOTE_TOPICS, MAX_UNREAD_BYTES } from './bounds.js'
import { type Acceptance, acceptBody, headerOf, KIND, MAX_TOPIC_NUMBER } from './frame.js'
import type { Introduction } from './introduction.js'
import { LocalTopics } from './local-topics.js'
import { Match } from './match.js'
import type { PacketWriter } from './packet-writer.js'
import { PendingMatches } from './pending-matches.js'
import type { PrivateTopic } from './private-topic.js'
import { randomValue } from './random-values.js'
import { RemoteTopics } from './remote-topics.js'
import { listOf, withOne, withoutOne } from './several.js'
import { TopicTags, type Vouched } from './tag.js'
import {
  altered,
  malformed,
  notAccepted,
  numbersUsedUp,
  peerIsFull,
  tooManyMatches,
  tooManyTopics,
  tooMuchUnread
} from './wire-errors.js'

const EMPTY = Buffer.alloc(0)

/** What the topics of a connection need of it. */
export interface CommonTopicsEvents {
  /** The peer broke a rule of the wire, or went over a bound. Must not throw. */
  onviolation(error: PeersocketsError): void
  /** The peer may have missed that we have met. */
  greet(): void
  /** What the peer says and what it was told do not go together. */
  beginAnew(): void
}

/** The topics of two peers on one connection, and how they find those that they have in common (SPEC, "Matches"). */
export class CommonTopics {
  /** Topics that the peer lets us open. */
  maxTopics = 0
  /** The peer has told all that it is in, as far as it has got. */
  synced = false
  readonly #connection: Connection
  readonly #introduction: Introduction
  readonly #packets: PacketWriter
  readonly #events: CommonTopicsEvents
  readonly #local = new LocalTopics()
  readonly #remote = new RemoteTopics()
  readonly #pending = new PendingMatches(topic => this.#onoverdue(topic))
  #tags: TopicTags | undefined
  #opened = 0
  #lastNumber = 0
  /** Those that the peer has left in the packet that is being read. */
  #left: PrivateTopic[] = []
  /** An OPEN that we have closed, and that the peer has gone on using in the packet that is being read; 0 if there is none. */
  #missed = 0

  constructor(
    connection: Connection,
    introduction: Introduction,
    packets: PacketWriter,
    events: CommonTopicsEvents
  ) {
    this.#connection = connection
    this.#introduction = introduction
    this.#packets = packets
    this.#events = events
  }

  /** How the peer would call a topic. Throws `ERR_NO_KEY_EXPORT`. */
  tagOf(name: string, secret: Buffer | undefined): string {
    return this.#makeTags().remote(name, secret)
  }

  /** Whether the peer has a topic of that name open that has no secret, and that we are not in. */
  hasOpen(name: string): boolean {
    return this.#remote.size > 0 && this.#remote.numbersOf(this.tagOf(name, undefined), [], 1).length > 0
  }

  join(topic: PrivateTopic): void {
    this.#local.add(topic)
    this.#open(topic)
  }

  leave(topic: PrivateTopic): void {
    const { number } = topic
    if (!this.#local.delete(topic)) return
    const matches = listOf(topic.matches)
    topic.matches = undefined
    for (const match of matches) {
      match.state = 'closed'
      this.#pending.delete(match)
      this.#remote.remove(match, number)
    }
    if (number > 0) this.#close(number)
  }

  /** Tells the peer all that we are in. */
  openAll(): void {
    for (const topic of [...this.#local]) this.#open(topic)
    this.#packets.append(headerOf(0, KIND.synced), EMPTY)
  }

  /** All that the peer has told is void, and so is what it was told. */
  reset(): void {
    this.synced = false
    this.#opened = 0
    this.#lastNumber = 0
    this.#missed = 0
    this.#remote.clear()
    this.#pending.clear()
    const topics = [...this.#local]
    // All of them first: an app that is told of one may leave another, of which the peer is not to be told any more.
    for (const topic of topics) this.#local.withdraw(topic)
    for (const topic of topics) for (const match of listOf(topic.matches)) this.#end(match)
  }

  /** Nobody uses the connection any more. */
  end(): void {
    this.reset()
    this.#tags?.wipe()
    this.#tags = undefined
  }

  onopen(number: number, tag: string): void {
    const obstacle = this.#obstacleTo(number)
    if (obstacle !== undefined) {
      this.#events.onviolation(obstacle)
      // One of the two does not count as the other does: a number was changed on the way.
      if (obstacle.code === 'ERR_MALFORMED_FRAME') this.#events.beginAnew()
      return
    }
    this.#remote.open(number, tag)
    for (const topic of this.#local.find(tag)) if (topic.number > 0) this.#match(topic, number)
  }

  /** The peer has accepted an OPEN of ours. One that no match of it vouches for was changed on the way. */
  onaccept(number: number, acceptance: Acceptance): void {
    const topic = this.#local.awaited(number)
    if (topic === undefined || topic.failedChecks >= MAX_FAILED_CHECKS) return
    const pending = listOf(topic.matches).filter(({ state }) => state === 'pending')
    if (pending.length === 0) return
    const { topic: name } = topic.member
    const secret = topic.member.secret()
    for (const match of pending) {
      const vouched = this.#receivedOn(match, acceptance)
      if (this.#makeTags().vouches(name, secret, vouched, acceptance.check)) {
        this.#accept(match, acceptance)
        return
      }
      topic.failedChecks++
    }
    topic.member.onfailure(altered(name))
  }

  onsynced(): void {
    if (this.synced) return
    this.synced = true
    for (const topic of [...this.#local]) if (topic.matches === undefined) topic.member.ondecided()
  }

  ondata(number: number, body: Buffer): void {
    const match = this.#remote.receiver(number)
    if (match !== undefined) match.receiver?.receive(body, match)
    // It was sent before the peer knew that we had left, unless our CLOSE was lost or changed on the way.
    else if (this.#remote.closedFor(number) > 0) this.#missed = this.#remote.closedFor(number)
  }

  onclose(number: number): void {
    for (const match of this.#remote.close(number)) {
      this.#end(match)
      this.#left.push(match.topic)
    }
  }

  /** Not before the whole packet is read: a peer that leaves and joins again in one tick does both in one packet. */
  onpacketend(): void {
    const missed = this.#missed
    this.#missed = 0
    if (missed > 0 && this.#connection.queuedBytes <= MAX_UNREAD_BYTES)
      this.#packets.append(headerOf(missed, KIND.close), EMPTY)
    if (this.#left.length === 0) return
    const left = this.#left
    this.#left = []
    for (const topic of left) if (this.synced && topic.matches === undefined) topic.member.ondecided()
  }

  /** Why an OPEN of the peer's is passed over. */
  #obstacleTo(number: number): PeersocketsError | undefined {
    if (!this.#remote.use(number)) return malformed('an OPEN with a number that it has used')
    if (this.#remote.size >= MAX_REMOTE_TOPICS) return tooManyTopics()
    return this.#connection.queuedBytes > MAX_UNREAD_BYTES ? tooMuchUnread() : undefined
  }

  #open(topic: PrivateTopic): void {
    const { member, tag } = topic
    // An app that was told of another topic may have left this one, or ended the connection.
    if (this.#introduction.remote === undefined || !this.#local.has(topic)) return
    const { topic: name } = member
    const number = this.#opened < this.maxTopics ? this.#takeNumber() : undefined
    if (number === undefined) {
      const isFull = this.#opened >= this.maxTopics
      member.onfailure(isFull ? peerIsFull(name, this.maxTopics) : numbersUsedUp(name))
      return
    }
    this.#opened++
    this.#local.announce(topic, number)
    this.#packets.append(headerOf(number, KIND.open), this.#makeTags().local(name, member.secret()))
    // One more than may be, which is told: once, however often the peer has opened the topic.
    for (const remote of this.#remote.numbersOf(tag, this.#local.find(tag), MAX_MATCHES + 1)) {
      this.#match(topic, remote)
      // An app that is told of it may leave the topic.
      if (topic.number !== number) return
    }
  }

  #close(number: number): void {
    this.#opened--
    this.#packets.append(headerOf(number, KIND.close), EMPTY)
  }

  #match(topic: PrivateTopic, remoteOpen: number): void {
    const { member } = topic
    const others = listOf(topic.matches)
    const isTaken = others.some(({ number }) => number === topic.number)
    const isFull = others.length >= MAX_MATCHES
    const number = isFull ? undefined : isTaken ? this.#takeNumber() : topic.number
    if (number === undefined) {
      member.onfailure(isFull ? tooManyMatches(member.topic) : numbersUsedUp(member.topic))
      return
    }
    const value = randomValue()
    const match = new Match(topic, remoteOpen, number, value)
    topic.matches = withOne(topic.matches, match)
    this.#remote.add(match)
    this.#pending.add(match)
    this.#local.awaitAccept(topic)
    const { pipelineId } = member
    const vouched: Vouched = {
      sender: this.#introduction.local,
      receiver: this.#introduction.addressee,
      receiverOpen: remoteOpen,
      senderOpen: topic.number,
      number,
      value,
      pipelineId
    }
    const check = this.#makeTags().vouch(member.topic, member.secret(), vouched)
    const acceptance = { distance: number - topic.number, value, check, pipelineId }
    this.#packets.append(headerOf(remoteOpen, KIND.accept), acceptBody(acceptance))
  }

  #receivedOn({ topic, remoteOpen }: Match, { distance, value, pipelineId }: Acceptance): Vouched {
    return {
      sender: this.#introduction.addressee,
      receiver: this.#introduction.local,
      receiverOpen: topic.number,
      senderOpen: remoteOpen,
      number: remoteOpen + distance,
      value,
      pipelineId
    }
  }

  #accept(match: Match, { distance, value, pipelineId }: Acceptance): void {
    const { topic } = match
    const { member } = topic
    if (!this.#remote.receive(match, match.remoteOpen + distance)) {
      topic.failedChecks++
      this.#events.onviolation(malformed('an ACCEPT'))
      return
    }
    this.#pending.accept(match)
    if (pipelineId !== member.pipelineId) {
      match.state = 'mismatched'
      match.remotePipelineId = pipelineId
      this.#local.onaccept(topic)
      member.onfailure(match.mismatch())
      member.ondecided()
      return
    }
    match.complete(value)
    this.#local.onaccept(topic)
    const receiver = member.onsession(match)
    match.forgetId()
    // The session may have been ended by what was told of it.
    if (match.state !== 'open') return
    if (receiver === undefined) {
      // Others of the topic may go on, of which the member is to be told.
      this.#endAll(topic)
      this.leave(topic)
      return
    }
    match.receiver = receiver
    member.onpresence()
  }

  #end(match: Match): void {
    const { topic, state } = match
    match.state = 'closed'
    match.receiver = undefined
    topic.matches = withoutOne(topic.matches, match)
    this.#pending.delete(match)
    if (state !== 'open') return
    topic.member.onsessionend(match)
    topic.member.onpresence()
  }

  /** We end all matches of a topic, and the peer has it open still. */
  #endAll(topic: PrivateTopic): void {
    for (const match of listOf(topic.matches)) {
      this.#remote.remove(match, topic.number)
      this.#end(match)
    }
  }

  /** The peer has opened a topic and does not accept ours: it may have missed it, or we its answer. */
  #onoverdue(topic: PrivateTopic): void {
    const { number } = topic
    if (number === 0) return
    topic.member.onfailure(notAccepted(topic.member.topic))
    // The member may have left.
    if (topic.number !== number) return
    this.#endAll(topic)
    if (topic.number !== number) return
    this.#local.withdraw(topic)
    // Once more: it does not listen if it has missed the first one.
    this.#events.greet()
    this.#close(number)
    this.#open(topic)
  }

  #takeNumber(): number | undefined {
    return this.#lastNumber >= MAX_TOPIC_NUMBER ? undefined : ++this.#lastNumber
  }

  #makeTags(): TopicTags {
    this.#tags ??= new TopicTags(this.#connection)
    return this.#tags
  }
}
