import { type NetworkerLike, Peersockets, type Transport } from 'peersockets'

/** A message that is dropped ends the process: a figure with a loss in it is no figure. */
export function strict(network: NetworkerLike | Transport): Peersockets {
  return new Peersockets(network, {
    onreject(error) {
      process.nextTick(() => {
        throw error
      })
    }
  })
}
