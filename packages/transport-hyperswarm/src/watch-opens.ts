import type Protomux from 'protomux'

/** Channels that a peer has had open at once. Protomux keeps a place for each, and never fewer again. */
const MAX_CHANNELS = 2 ** 20
/** Opens that were refused, or answered, while the peer takes nothing that we write. */
const MAX_WAITING_ANSWERS = 2 ** 17

/**
 * Calls back with each protocol that the peer asks for, as soon as Protomux has dealt with it. Not with those that we have
 * asked for before: there, Protomux takes the peer's for the answer. One with an id is another protocol, and left out.
 *
 * Protomux calls only those who wait for one protocol, and answers each open, without an end: a peer that asks for what
 * nobody has, and reads no answer, fills the memory. Such a peer loses its connection.
 */
export function watchOpens(mux: Protomux, onopen: (protocol: string) => void): void {
  const request = mux._requestSession
  let waiting = 0
  mux._requestSession = (protocol, id, info) => {
    if (mux.stream._writableState.buffered === 0 && mux._batchState === null) waiting = 0
    waiting++
    if (waiting > MAX_WAITING_ANSWERS || mux._remote.length > MAX_CHANNELS)
      return Promise.reject(new Error('The peer opens protocols without an end.'))
    const answered = request.call(mux, protocol, id, info)
    if (id === null) onopen(protocol)
    return answered
  }
}
