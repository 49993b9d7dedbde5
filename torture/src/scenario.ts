import type { Random } from './random.js'

/** Something that harms, in every way that it can think of, and what must hold all the same. */
export interface Scenario {
  /** As it is called on the command line. */
  readonly name: string
  /** What must hold, in one sentence. */
  readonly title: string
  /** Rounds of the short run in `npm test`. */
  readonly shortRounds: number
  /**
   * One round, some seconds long: sets up all that it needs, does harm, looks at what came of it, and takes everything
   * down again. All that it chooses comes from `round.random`. A rejection is a fault as well.
   */
  run(round: Round): Promise<void>
}

export interface Round {
  /** The number of the round: that of the next one is one more. */
  readonly seed: number
  readonly random: Random
  /** Counts something for the summary, such as `messages delivered` or `ERR_BAD_SIGNATURE`. */
  count(what: string, by?: number): void
  /** What must never happen, and did. The round may go on. */
  fault(what: string): void
}
