import type { PeersocketsError } from '../errors.js'
import type { Channel, Connection } from '../transport/transport.js'
import type { FrameReceiver, SessionChannel, TopicMember } from './session-channel.js'
import { absent } from './wire-errors.js'

/** Before the name of a topic, in the name of its protocol: what peersockets@1.0.0 uses. */
export const PUBLIC_PREFIX = 'peersockets/v0/'

/**
 * A topic on wire v0: a protocol of its own, with the topic's name in the clear, one frame a message. A peersockets@1.0.0
 * on the other side understands it. It announces a topic only with its first message, so that a frame is sent whether the
 * peer is known to be there or not: there is one session, from joining to leaving.
 */
export class PublicTopic implements SessionChannel {
  /** Of the peer: whatever is sent goes out. */
  readonly readiness = 'ready'
  readonly matchId = ''
  /** Nobody tells on wire v0. */
  readonly remotePipelineId = undefined
  readonly maxFrameBytes: number
  readonly #member: TopicMember
  readonly #channel: Channel
  receiver: FrameReceiver | undefined

  constructor(connection: Connection, member: TopicMember) {
    this.maxFrameBytes = connection.maxFrameBytes
    this.#member = member
    this.#channel = connection.open(PUBLIC_PREFIX + member.topic, {
      onmessage: frame => this.receiver?.receive(frame, this),
      onopen: () => this.#onpresence(),
      onclose: () => this.#onpresence()
    })
    this.receiver = member.onsession(this)
    if (this.receiver === undefined) this.#channel.close()
  }

  /** Whether the peer has announced the topic. */
  get present(): boolean {
    return this.receiver !== undefined && this.#channel.remoteOpen
  }

  /** Why the peer is absent. */
  absence(): PeersocketsError {
    return absent(this.#member.topic)
  }

  write(frame: Buffer): void {
    this.#channel.send(frame)
  }

  /** Leaves the topic. Its member is told nothing more. */
  close(): void {
    this.receiver = undefined
    this.#channel.close()
  }

  #onpresence(): void {
    if (this.receiver !== undefined) this.#member.onpresence()
  }
}
