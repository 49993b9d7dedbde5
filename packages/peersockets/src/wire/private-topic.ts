import type { PeersocketsError } from '../errors.js'
import { Match } from './match.js'
import type { PrivateWire } from './private-wire.js'
import { listOf, type Several } from './several.js'
import type { TopicChannel, TopicMember } from './topic-channel.js'
import { absent } from './wire-errors.js'

/**
 * A topic on wire v1 that we are in. There may be very many, on which nothing is said: what can be asked for is not kept, and
 * functions stand in for private methods, for which each object would have a field.
 */
export class PrivateTopic implements TopicChannel {
  /** Of our OPEN; 0 while the peer was not told of it. */
  number = 0
  matches: Several<Match>
  /** Checks that did not fit an ACCEPT of our OPEN. */
  failedChecks = 0

  /** `tag` is that under which the peer would open it. */
  constructor(
    readonly wire: PrivateWire,
    readonly tag: string,
    readonly member: TopicMember
  ) {}

  get maxFrameBytes(): number {
    return this.wire.maxBodyBytes
  }

  get present(): boolean {
    return hasOne(this, 'open')
  }

  get readiness(): 'ready' | 'waiting' | 'absent' {
    if (hasOne(this, 'open')) return 'ready'
    if (hasOne(this, 'pending')) return 'waiting'
    return this.matches === undefined && this.wire.undecided ? 'waiting' : 'absent'
  }

  get remotePipelineId(): string | undefined {
    return mismatchedOf(this)?.remotePipelineId
  }

  absence(): PeersocketsError {
    return mismatchedOf(this)?.mismatch() ?? absent(this.member.topic)
  }

  close(): void {
    this.wire.close(this)
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
