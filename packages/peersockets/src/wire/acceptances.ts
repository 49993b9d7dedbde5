import { MAX_FAILED_CHECKS } from './bounds.js'
import type { Acceptance } from './frame.js'
import type { Introduction } from './introduction.js'
import type { Match, PrivateTopic } from './private-topic.js'
import { listOf } from './several.js'
import type { TopicTags, Vouched } from './tag.js'

/** The ACCEPTs of matches, ours and the peer's, and what they vouch for (SPEC, "Acceptance"). */
export class Acceptances {
  readonly #introduction: Introduction
  readonly #tags: TopicTags
  /** ACCEPTs of our OPEN of a topic whose checks were looked at in vain. */
  #failed = new WeakMap<PrivateTopic, number>()

  constructor(introduction: Introduction, tags: TopicTags) {
    this.#introduction = introduction
    this.#tags = tags
  }

  /** Ours, with our random value. */
  make({ topic, remoteOpen, number }: Match, value: Buffer): Acceptance {
    const { topic: name, pipelineId } = topic.member
    const vouched: Vouched = {
      sender: this.#introduction.local,
      receiver: this.#introduction.addressee,
      receiverOpen: remoteOpen,
      senderOpen: topic.number,
      number,
      value,
      pipelineId
    }
    const check = this.#tags.vouch(name, topic.member.secret(), vouched)
    return { distance: number - topic.number, value, check, pipelineId }
  }

  /**
   * The match that an ACCEPT of the peer's belongs to; undefined if it was changed on the way. `unchecked`: it was not looked at,
   * because nothing is pending, or too many were in vain.
   */
  find(topic: PrivateTopic, acceptance: Acceptance): Match | undefined | 'unchecked' {
    const pending = listOf(topic.matches).filter(({ state }) => state === 'pending')
    if (pending.length === 0 || this.#failuresOf(topic) >= MAX_FAILED_CHECKS) return 'unchecked'
    const secret = topic.member.secret()
    for (const match of pending) {
      const vouched = this.#receivedOn(match, acceptance)
      if (this.#tags.vouches(topic.member.topic, secret, vouched, acceptance.check)) return match
      this.onfailure(topic)
    }
    return undefined
  }

  /** An ACCEPT was of no use. */
  onfailure(topic: PrivateTopic): void {
    this.#failed.set(topic, this.#failuresOf(topic) + 1)
  }

  /** The topic is opened anew. */
  forgetFailures(topic: PrivateTopic): void {
    this.#failed.delete(topic)
  }

  #failuresOf(topic: PrivateTopic): number {
    return this.#failed.get(topic) ?? 0
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
}
