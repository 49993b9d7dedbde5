export {
  ERROR_CODES,
  type ErrorCode,
  type Issue,
  PeersocketsError,
  type PeersocketsErrorOptions
} from './errors.js'
export {
  Peersockets,
  // `require('peersockets')` gives the class itself, as in 1.0.0.
  Peersockets as 'module.exports',
  type PeersocketsEvents,
  type PeersocketsOptions
} from './peersockets.js'
export type { Codec, ContractVersion, ExportedKey, Layer, Middleware, Peer, Session } from './plugin.js'
export type { TopicPlan } from './session/topic-plan.js'
export type { Stats, TopicStats } from './stats.js'
export {
  type CommonDefinition,
  defineTopic,
  type Infer,
  type RawDefinition,
  type Topic,
  type TypedDefinition,
  type UncheckedDefinition,
  type ViolationPolicy
} from './topic/definition.js'
export type { TopicHandle } from './topic/handle.js'
export type { Received } from './topic/inbox.js'
export type { JoinOptions } from './topic/join-options.js'
export type { NetworkerLike, NetworkerPeer } from './transport/networker.js'
export type { LocalExtensions, ProtocolStream, StreamExtension } from './transport/protocol-stream.js'
export type { Channel, ChannelEvents, Connection, Transport, TransportEvents } from './transport/transport.js'
