import type { ErrorCode } from './errors.js'

/** Counts since the start, taken when read. */
export interface Stats {
  /** Connections that are up now. */
  readonly connections: number
  /** Messages accepted for sending, one for each peer they go to. What is dropped later is counted in `rejected` too. */
  readonly sent: number
  /** Messages that were valid and were given to the topic's handles. */
  readonly received: number
  /** What was reported through `onreject`, by code. */
  readonly rejected: Readonly<Partial<Record<ErrorCode, number>>>
  /** The same for each topic that is joined now, by its full name, since it was joined. */
  readonly topics: ReadonlyMap<string, TopicStats>
}

/** Counts of one topic since it was joined. */
export interface TopicStats {
  readonly sent: number
  readonly received: number
  readonly rejected: number
}
