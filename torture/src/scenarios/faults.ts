import { Peersockets } from 'peersockets'
import type { Scenario } from '../scenario.js'
import { type AnyNetwork, MEMORY_STACKS, STACKS } from '../stacks.js'
import { breakInMemory } from './faults/in-memory.js'
import { breakOverSockets } from './faults/over-sockets.js'

type Create = (network: AnyNetwork) => Peersockets

/** Connections that break at any moment, and ends that stop, start, leave and join, all under load. */
export const faults = faultsOn(network => new Peersockets(network))

/** The same for any `Peersockets`, such as one that does not do what it should. */
export function faultsOn(
  create: Create,
  kinds = [...MEMORY_STACKS.map(breakInMemory), ...STACKS.map(breakOverSockets)]
): Scenario {
  return {
    name: 'faults',
    title:
      'whatever breaks, no message is misrouted, doubled, reordered or made up, presence is right again, nothing grows',
    shortRounds: 2,
    async run(round) {
      for (const kind of kinds) await kind(round, create)
    }
  }
}
