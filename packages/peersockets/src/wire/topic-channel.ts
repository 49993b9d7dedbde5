import type { PeersocketsError } from '../errors.js'

/** A topic as a wire carries it on one connection. */
export interface TopicChannel {
  /** The largest frame it carries, in bytes. */
  readonly maxFrameBytes: number
  /** Whether the peer is known to be in the topic, with the same pipeline. */
  readonly remoteOpen: boolean
  /**
   * What becomes of a frame that is sent now: `ready`, it goes; `waiting`, the peer has not said yet whether it is in the
   * topic; `absent`, it is not, or with another pipeline.
   */
  readonly readiness: 'ready' | 'waiting' | 'absent'
  /** Hands over one frame; the bytes are copied before it returns. Only when `ready`. */
  send(frame: Buffer): void
  close(): void
}

/** None of these may throw: the network's stack stands below them. */
export interface TopicChannelEvents {
  onmessage(frame: Buffer): void
  /** The peer is in the topic: `remoteOpen` has become true. */
  onopen(): void
  /** The peer has left it: `remoteOpen` has become false. */
  onclose(): void
  /** The wait is over, and the peer is not in the topic: `waiting` has become `absent`. */
  onabsent(): void
  /** The peer is in the topic with another pipeline; `waiting` has become `absent`. */
  onmismatch(error: PeersocketsError): void
}
