import { lazily } from '../lazily.js'

/** A stream of libp2p: each message is a chunk of it. */
export const libp2p = lazily(async () => (await import('./stream.js')).overLibp2p(false))

/** The same, the messages of a turn joined to one chunk. */
export const libp2pJoined = lazily(async () => (await import('./stream.js')).overLibp2p(true))
