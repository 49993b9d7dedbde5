import { PeersocketsError } from '../errors.js'
import type { PrivateTopic } from './private-topic.js'
import type { FrameReceiver, SessionChannel } from './topic-channel.js'

/**
 * One OPEN of ours and one of the peer's that have the same tag (SPEC, "Matches"). Both sides accept it, each with a random
 * value of its own; then a session begins, whose keys no other has.
 */
export class Match implements SessionChannel {
  /** How far it has come: `pending`, until the peer has accepted it too. */
  state: 'pending' | 'open' | 'mismatched' | 'closed' = 'pending'
  /** Our random value, and when the peer's is known both, the smaller one first: a character is a byte. Then nothing. */
  #values: string
  /** The peer's pipeline, if it is another than ours. */
  remotePipelineId: string | undefined
  /** The number under which the peer sends DATA, once it has accepted. */
  receiveNumber = 0
  receiver: FrameReceiver | undefined

  /** `remoteOpen`: the number of the peer's OPEN; `number`: under which we send DATA. */
  constructor(
    readonly topic: PrivateTopic,
    readonly remoteOpen: number,
    readonly number: number,
    value: Buffer
  ) {
    this.#values = value.toString('latin1')
  }

  /** Known from {@link complete} on, and until {@link forgetId}. */
  get matchId(): string {
    return Buffer.from(this.#values, 'latin1').toString('hex')
  }

  get maxFrameBytes(): number {
    return this.topic.wire.maxBodyBytes
  }

  write(frame: Buffer): void {
    if (this.state === 'open') this.topic.wire.writeData(this.number, frame)
  }

  /** The peer has accepted with `value`, and the same pipeline. */
  complete(value: Buffer): void {
    const both = [Buffer.from(this.#values, 'latin1'), value].sort(Buffer.compare)
    // Not a sum of texts, which keeps both of them.
    this.#values = Buffer.concat(both).toString('latin1')
    this.state = 'open'
  }

  /** The session has its keys. There may be very many sessions in which nothing is said. */
  forgetId(): void {
    this.#values = ''
  }

  mismatch(): PeersocketsError {
    const { topic, pipelineId } = this.topic.member
    const text = `In topic ${topic} our pipeline is \`${pipelineId}\`, and the peer's is ${JSON.stringify(this.remotePipelineId)}. Both sides need the same codec and middleware, in the same versions and order.`
    return new PeersocketsError('ERR_PIPELINE_MISMATCH', text, { topic })
  }
}
