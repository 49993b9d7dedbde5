import type { PeersocketsError } from '../errors.js'
import type { Connection } from '../transport/transport.js'
import { Acceptances } from './acceptances.js'
import { MAX_MATCHES, MAX_REMOTE_TOPICS, MAX_UNREAD_BYTES } from './bounds.js'
import { type Acceptance, headerOf, KIND } from './frame.js'
import type { Introduction } from './introduction.js'
import { LocalTopics } from './local-topics.js'
import { Matches } from './matches.js'
import type { PacketWriter } from './packet-writer.js'
import { PendingMatches } from './pending-matches.js'
import { PrivateTopic } from './private-topic.js'
import { RemoteTopics } from './remote-topics.js'
import type { TopicMember } from './session-channel.js'
import { listOf } from './several.js'
import { TopicTags } from './tag.js'
import { TopicLink } from './topic-link.js'
import {
  malformed,
  notAccepted,
  numbersUsedUp,
  peerIsFull,
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
  readonly #connection: Connection
  readonly #introduction: Introduction
  readonly #packets: PacketWriter
  readonly #events: CommonTopicsEvents
  readonly #link: TopicLink
  readonly #tags: TopicTags
  readonly #local = new LocalTopics()
  readonly #remote = new RemoteTopics()
  readonly #pending = new PendingMatches(topic => this.#onoverdue(topic))
  readonly #acceptances: Acceptances
  readonly #matches: Matches
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
    this.#link = new TopicLink(connection.maxFrameBytes, packets)
    this.#tags = new TopicTags(connection)
    this.#acceptances = new Acceptances(introduction, this.#tags)
    this.#matches = new Matches(this.#local, this.#remote, this.#pending, this.#acceptances, packets, error =>
      events.onviolation(error)
    )
  }

  /** Whether the peer has a topic of that name open that has no secret, and that we are not in. */
  hasOpen(name: string): boolean {
    return (
      this.#remote.size > 0 && this.#remote.numbersOf(this.#tags.remote(name, undefined), [], 1).length > 0
    )
  }

  /** Throws `ERR_NO_KEY_EXPORT`. */
  join(member: TopicMember): PrivateTopic {
    const topic = new PrivateTopic(this.#link, this.#tags.remote(member.topic, member.secret()), member)
    this.#local.add(topic)
    this.#open(topic)
    return topic
  }

  leave(topic: PrivateTopic): void {
    this.#matches.leave(topic)
  }

  /** Tells a peer that lets us open `maxTopics` all that we are in. */
  openAll(maxTopics: number): void {
    this.#local.maxTopics = maxTopics
    for (const topic of [...this.#local]) this.#open(topic)
    this.#packets.append(headerOf(0, KIND.synced), EMPTY)
  }

  /** All that the peer has told is void, and so is what it was told. */
  reset(): void {
    this.#link.synced = false
    this.#missed = 0
    this.#remote.clear()
    this.#pending.clear()
    const topics = [...this.#local]
    // All of them first: an app that is told of one may leave another, of which the peer is not to be told any more.
    this.#local.reset()
    for (const topic of topics) for (const match of listOf(topic.matches)) this.#matches.end(match)
  }

  /** Nobody uses the connection any more. */
  end(): void {
    this.reset()
    this.#tags.wipe()
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
    for (const topic of this.#local.find(tag)) if (topic.number > 0) this.#matches.add(topic, number)
  }

  /** The peer has accepted an OPEN of ours. */
  onaccept(number: number, acceptance: Acceptance): void {
    const topic = this.#local.awaited(number)
    if (topic !== undefined) this.#matches.accept(topic, acceptance)
  }

  onsynced(): void {
    if (this.#link.synced) return
    this.#link.synced = true
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
      this.#matches.end(match)
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
    for (const topic of left) if (this.#link.synced && topic.matches === undefined) topic.member.ondecided()
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
    const { full: isFull, maxTopics } = this.#local
    const number = isFull ? undefined : this.#local.takeNumber()
    if (number === undefined) {
      member.onfailure(isFull ? peerIsFull(name, maxTopics) : numbersUsedUp(name))
      return
    }
    this.#local.announce(topic, number)
    this.#acceptances.forgetFailures(topic)
    this.#packets.append(headerOf(number, KIND.open), this.#tags.local(name, member.secret()))
    // One more than may be, which is told: once, however often the peer has opened the topic.
    for (const remote of this.#remote.numbersOf(tag, this.#local.find(tag), MAX_MATCHES + 1)) {
      this.#matches.add(topic, remote)
      // An app that is told of it may leave the topic.
      if (topic.number !== number) return
    }
  }

  /** The peer has opened a topic and does not accept ours: it may have missed it, or we its answer. */
  #onoverdue(topic: PrivateTopic): void {
    const { number } = topic
    if (number === 0) return
    topic.member.onfailure(notAccepted(topic.member.topic))
    // The member may have left.
    if (topic.number !== number) return
    this.#matches.endAll(topic)
    if (topic.number !== number) return
    this.#local.withdraw(topic)
    // Once more: it does not listen if it has missed the first one.
    this.#events.greet()
    this.#matches.close(number)
    this.#open(topic)
  }
}
