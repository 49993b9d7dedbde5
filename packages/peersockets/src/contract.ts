import { reasonOf, refuse } from './errors.js'
import type { ContractVersion } from './plugin.js'

const CONTRACT: ContractVersion = 2

/**
 * A plugin is not used by guess: what another version of the contract calls the same may mean something else. Throws
 * `ERR_INVALID_ARGUMENT`.
 */
export function checkContract(kind: 'codec' | 'middleware' | 'transport', plugin: unknown): void {
  const { name, contract = CONTRACT }: { name?: unknown; contract?: unknown } = Object(plugin)
  if (contract === CONTRACT) return
  // A transport has no name.
  const called = kind === 'transport' ? 'the transport' : `the ${kind} ${reasonOf(name)}`
  refuse(
    `${called.replace('the', 'The')} is made for version ${reasonOf(contract)} of the plugin contract, and this peersockets ` +
      `has version ${CONTRACT}: install a release of ${called} or of peersockets so that both have the same.`
  )
}
