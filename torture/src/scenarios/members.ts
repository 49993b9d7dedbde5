import type { Scenario } from '../scenario.js'
import { attacks } from './members/attacks.js'
import { besiege, type SiegeOptions } from './members/siege.js'

/** Members that flood, stall, and break every bound that there is. */
export const members = membersOf(attacks)

/** The same with some of the attacks, on any `Peersockets`, such as one that does not do what it should. */
export function membersOf(some: typeof attacks, options?: SiegeOptions): Scenario {
  return {
    name: 'members',
    title: 'whatever a member floods, holds back or breaks, bounds hold, and all others are served',
    shortRounds: 2,
    run: round => besiege(round, round.random.pick(some), options)
  }
}
