/**
 * What `peersockets/plugin` exports: all that somebody needs who writes a codec, a middleware or a transport. Types only:
 * a plugin that imports nothing else of peersockets has nothing of it at run time.
 */
export type {
  Codec,
  ContractVersion,
  Counters,
  ExportedKey,
  Layer,
  Middleware,
  Peer,
  Session
} from './plugin.js'
export type { Channel, ChannelEvents, Connection, Transport, TransportEvents } from './transport/transport.js'
