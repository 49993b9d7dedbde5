import type { PeersocketsError } from '../errors.js'
import type { Acceptances } from './acceptances.js'
import { MAX_MATCHES } from './bounds.js'
import { type Acceptance, acceptBody, headerOf, KIND } from './frame.js'
import type { LocalTopics } from './local-topics.js'
import type { PacketWriter } from './packet-writer.js'
import type { PendingMatches } from './pending-matches.js'
import { Match, type PrivateTopic } from './private-topic.js'
import { randomValue } from './random-values.js'
import type { RemoteTopics } from './remote-topics.js'
import { listOf, withOne, withoutOne } from './several.js'
import { altered, malformed, numbersUsedUp, tooManyMatches } from './wire-errors.js'

const EMPTY = Buffer.alloc(0)

/** The matches of one connection, from the two OPENs to the end of the session (SPEC, "Matches"). */
export class Matches {
  readonly #local: LocalTopics
  readonly #remote: RemoteTopics
  readonly #pending: PendingMatches
  readonly #acceptances: Acceptances
  readonly #packets: PacketWriter
  readonly #onviolation: (error: PeersocketsError) => void

  constructor(
    local: LocalTopics,
    remote: RemoteTopics,
    pending: PendingMatches,
    acceptances: Acceptances,
    packets: PacketWriter,
    onviolation: (error: PeersocketsError) => void
  ) {
    this.#local = local
    this.#remote = remote
    this.#pending = pending
    this.#acceptances = acceptances
    this.#packets = packets
    this.#onviolation = onviolation
  }

  /** A topic of ours and an OPEN of the peer's have the same tag: they are a match, which we accept. */
  add(topic: PrivateTopic, remoteOpen: number): void {
    const { member } = topic
    const others = listOf(topic.matches)
    const isTaken = others.some(({ number }) => number === topic.number)
    const isFull = others.length >= MAX_MATCHES
    const number = isFull ? undefined : isTaken ? this.#local.takeNumber() : topic.number
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
    this.#packets.append(headerOf(remoteOpen, KIND.accept), acceptBody(this.#acceptances.make(match, value)))
  }

  /** The peer has accepted an OPEN of ours. An ACCEPT that no match of it vouches for was changed on the way. */
  accept(topic: PrivateTopic, acceptance: Acceptance): void {
    const { member } = topic
    const match = this.#acceptances.find(topic, acceptance)
    if (match === 'unchecked') return
    if (match === undefined) {
      member.onfailure(altered(member.topic))
      return
    }
    if (!this.#remote.receive(match, match.remoteOpen + acceptance.distance)) {
      this.#acceptances.onfailure(topic)
      this.#onviolation(malformed('an ACCEPT'))
      return
    }
    this.#pending.accept(match)
    if (acceptance.pipelineId === member.pipelineId) this.#begin(match, acceptance.value)
    else {
      match.differ(acceptance.pipelineId)
      this.#local.onaccept(topic)
      member.onfailure(match.mismatch())
      member.ondecided()
    }
  }

  /** A match is over. */
  end(match: Match): void {
    const { topic, state } = match
    match.state = 'closed'
    match.receiver = undefined
    topic.matches = withoutOne(topic.matches, match)
    this.#pending.delete(match)
    if (state !== 'open') return
    topic.member.onsessionend(match)
    topic.member.onpresence()
  }

  /** All matches of a topic are over, and the peer has it open still. */
  endAll(topic: PrivateTopic): void {
    for (const match of listOf(topic.matches)) {
      this.#remote.remove(match, topic.number)
      this.end(match)
    }
  }

  /** We leave a topic. Its member is told nothing more. */
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
    if (number > 0) this.close(number)
  }

  /** Tells the peer that an OPEN of ours is closed. */
  close(number: number): void {
    this.#local.onclose()
    this.#packets.append(headerOf(number, KIND.close), EMPTY)
  }

  #begin(match: Match, value: Buffer): void {
    const { topic } = match
    match.complete(value)
    this.#local.onaccept(topic)
    const receiver = topic.member.onsession(match)
    match.forgetId()
    // The session may have been ended by what was told of it.
    if (match.state !== 'open') return
    if (receiver === undefined) {
      // Others of the topic may go on, of which the member is to be told.
      this.endAll(topic)
      this.leave(topic)
      return
    }
    match.receiver = receiver
    topic.member.onpresence()
  }
}
