import type { Scenario } from '../scenario.js'
import { STACKS, type StackName } from '../stacks.js'
import { type Attack, attacksOn } from './members/attacks.js'
import { besiege, type SiegeOptions } from './members/siege.js'

/** One attack on one network. */
export interface Case {
  readonly stack: StackName
  readonly attack: Attack
}

export const cases: readonly Case[] = STACKS.flatMap(stack =>
  attacksOn(stack).map(attack => ({ stack, attack }))
)

/** Members that flood, stall, and break every bound that there is. */
export const members = membersOf(cases)

/** The same with some of the attacks, on any `Peersockets`, such as one that does not do what it should. */
export function membersOf(some: readonly Case[], options?: SiegeOptions): Scenario {
  return {
    name: 'members',
    title: 'whatever a member floods, holds back or breaks, bounds hold, and all others are served',
    shortRounds: 2,
    async run(round) {
      const { stack, attack } = round.random.pick(some)
      await besiege(round, stack, attack, options)
    }
  }
}
