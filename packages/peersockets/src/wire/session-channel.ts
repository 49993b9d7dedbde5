import type { PeersocketsError } from '../errors.js'

/** Takes the frames of one session as they arrive. Must not throw: the network's stack stands below. */
export interface FrameReceiver {
  receive(frame: Buffer, channel: SessionChannel): void
}

/** What carries the frames of one session, on either wire. */
export interface SessionChannel {
  /** What makes the keys of this session its own (SPEC, "Exported keys"), as it begins: empty on wire v0. */
  readonly matchId: string
  /** The largest frame it carries, in bytes. */
  readonly maxFrameBytes: number
  /** Who gets its frames; what comes while there is nobody is passed over. */
  receiver: FrameReceiver | undefined
  /** Hands over one frame; the bytes are copied before it returns. Nothing happens when the session is over. */
  write(frame: Buffer): void
}

/** Who is in a topic on a connection, and hears of it. None of these may throw: the network's stack stands below them. */
export interface TopicMember {
  /** The name of the topic. */
  readonly topic: string
  readonly pipelineId: string
  secret(): Buffer | undefined
  /** A session begins. Undefined: it cannot, and the topic is to be closed on this connection. */
  onsession(channel: SessionChannel): FrameReceiver | undefined
  /** That session is over. */
  onsessionend(channel: SessionChannel): void
  /** `present` may have changed. */
  onpresence(): void
  /** `waiting` may have become `absent`. */
  ondecided(): void
  /** The peer broke a rule in this topic, or cannot be met in it. */
  onfailure(error: PeersocketsError): void
}
