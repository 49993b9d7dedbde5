import { PeersocketsError, reasonOf } from '../errors.js'
import type { SessionChannel } from '../wire/session-channel.js'
import type { FrameSink } from './frame-sink.js'

/** Where frames leave a session. */
export class Outlet implements FrameSink {
  /** The channel copies at once. */
  readonly busy = false
  readonly #topic: string
  readonly #channel: SessionChannel

  constructor(topic: string, channel: SessionChannel) {
    this.#topic = topic
    this.#channel = channel
  }

  take(frame: Buffer, values: readonly unknown[]): void {
    const { maxFrameBytes } = this.#channel
    if (frame.length > maxFrameBytes) throw tooLarge(this.#topic, frame.length, maxFrameBytes, values)
    try {
      this.#channel.write(frame)
    } catch (cause) {
      throw PeersocketsError.is(cause) ? cause : unsent(this.#topic, cause, values)
    }
  }
}

export function tooLarge(
  topic: string,
  length: number,
  maxFrameBytes: number,
  dropped: readonly unknown[] = []
): PeersocketsError {
  const text = `A frame of ${length} bytes is more than the ${maxFrameBytes} that this connection carries: send it in parts.`
  return new PeersocketsError('ERR_MESSAGE_TOO_LARGE', text, { topic, dropped })
}

function unsent(topic: string, cause: unknown, dropped: readonly unknown[]): PeersocketsError {
  const text = `The connection refused the frame: ${reasonOf(cause)}`
  return new PeersocketsError('ERR_CLOSED', text, { topic, cause, dropped })
}
