import type { Attack } from './attack.js'
import type { ProtocolStream } from './stack/protocol-stream.js'

/** What connects the peers of a network. A peer is named by its place. */
export interface Links<Stream> {
  /** Resolves once every pair that is not cut is connected. */
  allConnected(): Promise<void>
  /** The stream that `one` has to `other`, and the one that `other` has to `one`. Throws when there is none. */
  streams(one: number, other: number): readonly [Stream, Stream]
  /** Breaks the connections of two peers and keeps them apart. Resolves once both have seen it. */
  cut(one: number, other: number): Promise<void>
  /** Lets two peers connect again, and resolves once they have. */
  heal(one: number, other: number): Promise<void>
  /** Nothing passes between two peers any more, either way; what they send piles up. They stay connected. */
  stall(one: number, other: number): void
  /** What has piled up passes. */
  resume(one: number, other: number): void
  /** What `from` sends to `to` passes at so many bytes a second; what is more piles up. `Infinity` is as fast as it goes. */
  throttle(from: number, to: number, bytesPerSecond: number): void
  /** Lets every chunk on every connection pass through `attack` instead of through the one before; none ends it. */
  attack(attack?: Attack): void
  /** Disconnects everybody and leaves nothing open. */
  close(): Promise<void>
}

/** Connected peers. A peer is named by its place in `networkers`. */
export interface Network<Networker> extends Links<ProtocolStream> {
  readonly networkers: readonly Networker[]
}
