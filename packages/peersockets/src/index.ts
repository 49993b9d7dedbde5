export {
  ERROR_CODES,
  type ErrorCode,
  type Issue,
  PeersocketsError,
  type PeersocketsErrorOptions,
  type PluginErrorCode
} from './errors.js'
export type { InspectedPeer, InspectedTopic, Inspection } from './inspect.js'
export {
  Peersockets,
  // `require('peersockets')` gives the class itself, as in 1.0.0.
  Peersockets as 'module.exports',
  type PeersocketsEvents,
  type PeersocketsOptions
} from './peersockets.js'
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
export type { Report } from './reports.js'
export type { TopicConfig } from './session/topic-config.js'
export type { Stats, TopicStats } from './stats.js'
export {
  type AnyDefinition,
  type BaseDefinition,
  type CommonDefinition,
  defineTopic,
  type HasMethods,
  type Infer,
  type IsRaw,
  type Method,
  type Opened,
  type OwnBuffer,
  type OwnBytes,
  type PrivateDefinition,
  type PublicDefinition,
  type RawDefinition,
  type Sendable,
  type Topic,
  type TypedDefinition,
  type UncheckedDefinition,
  type ViolationPolicy,
  type WithAnyBytes
} from './topic/definition.js'
export type { CloseOptions, PeerId, TopicHandle } from './topic/handle.js'
export type { Received } from './topic/inbox.js'
export type { JoinOptions } from './topic/join-options.js'
export { combine, type PeerOf } from './transport/combine.js'
export type { Network } from './transport/network.js'
export type { NetworkerLike, NetworkerPeer } from './transport/networker-like.js'
export type {
  LocalExtensions,
  PipeEnd,
  PipeTarget,
  ProtocolStream,
  StreamExtension
} from './transport/protocol-stream.js'
export type { Channel, ChannelEvents, Connection, Transport, TransportEvents } from './transport/transport.js'
