import { PeersocketsError } from '../errors.js'
import type { Peer } from '../plugin.js'
import { PrivateTopic } from '../wire/private-topic.js'
import { PublicTopic } from '../wire/public-topic.js'
import type { TopicMember } from '../wire/session-channel.js'
import type { PeerConnection } from './peer-connection.js'
import { unopened } from './send-errors.js'

/** A topic as it was opened on a connection: on wire v1, on wire v0, or not at all. */
export type OpenedTopic = PrivateTopic | PublicTopic | UnopenedTopic

/** Stands for a topic that could not be opened: the peer is absent, and `send` says why. */
export class UnopenedTopic {
  readonly readiness = 'absent'
  readonly present = false
  readonly maxFrameBytes = 0
  readonly remotePipelineId = undefined

  constructor(readonly obstacle: PeersocketsError) {}

  absence(): PeersocketsError {
    return this.obstacle
  }
}

export function openTopic<P extends Peer>(
  { connection, privateWire }: PeerConnection<P>,
  member: TopicMember,
  isPrivate: boolean
): OpenedTopic {
  try {
    return isPrivate ? privateWire.open(member) : new PublicTopic(connection, member)
  } catch (cause) {
    return new UnopenedTopic(PeersocketsError.is(cause) ? cause : unopened(member.topic, cause))
  }
}

export function closeTopic<P extends Peer>(
  { privateWire }: PeerConnection<P>,
  topic: OpenedTopic | undefined
): void {
  if (topic instanceof PublicTopic) topic.close()
  else if (topic instanceof PrivateTopic) privateWire.close(topic)
}
