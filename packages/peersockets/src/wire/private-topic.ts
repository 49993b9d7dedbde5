import { PeersocketsError } from '../errors.js'
import { FRAME_OVERHEAD_BYTES, FULL_BYTES } from './bounds.js'
import type { TopicChannel, TopicChannelEvents } from './topic-channel.js'

/** Who is in a private topic, and what makes it that topic. */
export interface PrivateTopicUser extends TopicChannelEvents {
  readonly topic: string
  readonly descriptor: string
  secret(): Buffer | undefined
}

/** What a private topic needs of the wire that it is on. */
export interface PrivateTopicWire {
  readonly maxBodyBytes: number
  /** Whether the peer may still open topics that it had when we met. */
  readonly undecided: boolean
  sendData(id: number, body: Buffer): void
  close(topic: PrivateTopic): void
}

/** How far the two sides are with a topic: nobody there, its tag recognised, or agreed on the pipeline too. */
type Progress = 'unmatched' | 'matched' | 'open' | 'mismatched'

/** What came before the peer had accepted us. */
interface EarlyFrames {
  readonly frames: Buffer[]
  bytes: number
}

/** A topic on wire v1. There may be very many, on which nothing is said: what can be asked for is not kept here. */
export class PrivateTopic implements TopicChannel {
  /** Whether the peer has been told that we have it open. */
  announced = false
  /** The id under which the peer has it open. */
  remoteId: number | undefined
  readonly #wire: PrivateTopicWire
  #progress: Progress = 'unmatched'
  #early: EarlyFrames | undefined

  /** `tag` is that under which the peer would open it. */
  constructor(
    wire: PrivateTopicWire,
    readonly id: number,
    readonly tag: string,
    readonly user: PrivateTopicUser
  ) {
    this.#wire = wire
  }

  get maxFrameBytes(): number {
    return this.#wire.maxBodyBytes
  }

  get remoteOpen(): boolean {
    return this.#progress === 'open'
  }

  get readiness(): 'ready' | 'waiting' | 'absent' {
    if (this.#progress === 'open') return 'ready'
    if (this.#progress === 'matched') return 'waiting'
    return this.#progress === 'unmatched' && this.#wire.undecided ? 'waiting' : 'absent'
  }

  send(frame: Buffer): void {
    this.#wire.sendData(this.id, frame)
  }

  close(): void {
    this.#wire.close(this)
  }

  /**
   * What comes before the peer has accepted was sent to us as we were before, in a topic that we have left and joined
   * again. It waits to hear whether the pipeline is still the same. False: too much waits.
   */
  onmessage(frame: Buffer): boolean {
    if (this.#progress === 'open') this.user.onmessage(frame)
    else if (this.#progress === 'matched') {
      const cost = frame.length + FRAME_OVERHEAD_BYTES
      this.#early ??= { frames: [], bytes: 0 }
      if (this.#early.bytes + cost > FULL_BYTES) return false
      this.#early.bytes += cost
      this.#early.frames.push(Buffer.from(frame))
    }
    return true
  }

  /** The peer has proved that it knows the topic. */
  onmatch(): void {
    this.#progress = 'matched'
  }

  /** The peer has recognised the topic too, and tells what its messages pass through. */
  onaccept(descriptor: string): void {
    // Who accepts without having opened the topic has not shown that it knows the name.
    if (this.#progress !== 'matched') return
    const early = this.#early
    this.#early = undefined
    const { topic, descriptor: ours } = this.user
    if (descriptor === ours) {
      this.#progress = 'open'
      this.user.onopen()
      for (const frame of early?.frames ?? []) this.onmessage(frame)
      return
    }
    this.#progress = 'mismatched'
    const text = `In topic ${topic} our pipeline is \`${ours}\`, and the peer's is ${JSON.stringify(descriptor)}. Both sides need the same codec and middleware, in the same versions and order.`
    this.user.onmismatch(new PeersocketsError('ERR_PIPELINE_MISMATCH', text, { topic }))
  }

  /** The peer has left the topic, or all that it had is void. */
  onleave(): void {
    const before = this.#progress
    this.#early = undefined
    this.#progress = 'unmatched'
    if (before === 'open') this.user.onclose()
  }

  /** The peer has told all that it is in, as far as it has got. */
  ondecided(): void {
    if (this.#progress === 'unmatched') this.user.onabsent()
  }
}
