import { PeersocketsError } from '../errors.js'
import type { FrameReceiver, SessionChannel, TopicMember } from './session-channel.js'
import { listOf, type Several } from './several.js'
import type { TopicLink } from './topic-link.js'
import { absent } from './wire-errors.js'

/**
 * A topic on wire v1 that we are in. There may be very many, on which nothing is said: what can be asked for is not kept, and
 * functions stand in for private methods, for which each object would have a field.
 */
export class PrivateTopic {
  /** Of our OPEN; 0 while the peer was not told of it. */
  number = 0
  matches: Several<Match>

  /** `tag` is that under which the peer would open it. */
  constructor(
    readonly link: TopicLink,
    readonly tag: string,
    readonly member: TopicMember
  ) {}

  /** The largest frame it carries, in bytes. */
  get maxFrameBytes(): number {
    return this.link.maxBodyBytes
  }

  /** Whether the peer is known to be in the topic, with the same pipeline. */
  get present(): boolean {
    return hasOne(this, 'open')
  }

  /**
   * What becomes of a message that is sent now: `ready`, it goes; `waiting`, the peer has not said yet whether it is in the
   * topic; `absent`, it is not, or with another pipeline.
   */
  get readiness(): 'ready' | 'waiting' | 'absent' {
    if (hasOne(this, 'open')) return 'ready'
    if (hasOne(this, 'pending')) return 'waiting'
    return this.matches === undefined && !this.link.synced ? 'waiting' : 'absent'
  }

  /** The pipeline of a peer that is in the topic with another one. */
  get remotePipelineId(): string | undefined {
    return mismatchedOf(this)?.remotePipelineId
  }

  /** Why the peer is absent. */
  absence(): PeersocketsError {
    return mismatchedOf(this)?.mismatch() ?? absent(this.member.topic)
  }
}

/**
 * One OPEN of ours and one of the peer's that have the same tag (SPEC, "Matches"). Both sides accept it, each with a random
 * value of its own; then a session begins, whose keys no other has.
 */
export class Match implements SessionChannel {
  /** How far it has come: `pending`, until the peer has accepted it too. */
  state: 'pending' | 'open' | 'mismatched' | 'closed' = 'pending'
  /** The number under which the peer sends DATA, once it has accepted. */
  receiveNumber = 0
  receiver: FrameReceiver | undefined
  /**
   * What the state needs, in one place because there may be very many: while `pending` our random value, and from
   * {@link complete} to {@link forgetId} both, the smaller one first, where a character is a byte; of a mismatch the peer's pipeline.
   */
  #known: string

  /** `remoteOpen`: the number of the peer's OPEN; `number`: under which we send DATA. */
  constructor(
    readonly topic: PrivateTopic,
    readonly remoteOpen: number,
    readonly number: number,
    value: Buffer
  ) {
    this.#known = value.toString('latin1')
  }

  /** Known from {@link complete} on, and until {@link forgetId}. */
  get matchId(): string {
    return Buffer.from(this.#known, 'latin1').toString('hex')
  }

  get maxFrameBytes(): number {
    return this.topic.link.maxBodyBytes
  }

  /** The peer's pipeline, if it is another than ours. */
  get remotePipelineId(): string | undefined {
    return this.state === 'mismatched' ? this.#known : undefined
  }

  write(frame: Buffer): void {
    if (this.state === 'open') this.topic.link.writeData(this.number, frame)
  }

  /** The peer has accepted with `value`, and the same pipeline. */
  complete(value: Buffer): void {
    const both = [Buffer.from(this.#known, 'latin1'), value].sort(Buffer.compare)
    // Not a sum of texts, which keeps both of them.
    this.#known = Buffer.concat(both).toString('latin1')
    this.state = 'open'
  }

  /** The session has its keys. */
  forgetId(): void {
    if (this.state === 'open') this.#known = ''
  }

  /** The peer has accepted with another pipeline. */
  differ(remotePipelineId: string): void {
    this.#known = remotePipelineId
    this.state = 'mismatched'
  }

  mismatch(): PeersocketsError {
    const { topic, pipelineId } = this.topic.member
    const text = `In topic ${topic} our pipeline is \`${pipelineId}\`, and the peer's is ${JSON.stringify(this.remotePipelineId)}. Both sides need the same codec and middleware, in the same versions and order.`
    return new PeersocketsError('ERR_PIPELINE_MISMATCH', text, { topic })
  }
}

function mismatchedOf({ matches }: PrivateTopic): Match | undefined {
  return listOf(matches).find(({ state }) => state === 'mismatched')
}

function hasOne({ matches }: PrivateTopic, state: Match['state']): boolean {
  // Asked for each message, and there is one nearly always.
  if (matches instanceof Match) return matches.state === state
  return listOf(matches).some(match => match.state === state)
}
