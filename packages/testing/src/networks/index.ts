/** Networks of connected peers on this machine, real or in memory, and the means to attack them. */
export { type Attack, chunksOf, type Direction, type Passage, type Replacement } from './attack.js'
export { type BitFlip, type BitFlipper, createBitFlipper } from './bit-flipper.js'
export { createHyperswarm, createTestnet, type LoopbackHyperswarmOptions } from './hyperswarm/hyperswarm.js'
export type { HyperswarmNetwork } from './hyperswarm/hyperswarm-network.js'
export { type JoinPairOptions, joinPair, type PairMember } from './join-pair.js'
export type { Links, Network } from './links.js'
export { type Bootstrap, createBootstrap } from './loopback/bootstrap.js'
export type { Confinement } from './loopback/confine.js'
export { createNetworker, type LoopbackNetworkerOptions } from './loopback/networker.js'
export { createSwarm, type LoopbackSwarmOptions } from './loopback/swarm.js'
export type { EncryptingStream, Link, LinkEnd, LinkSocket } from './memory/memory-link.js'
export type { MemoryNetwork, MemorySwarmNetwork } from './memory/memory-network.js'
export { MemoryNetworker, type MemoryNetworkerEvents } from './memory/memory-networker.js'
export { type MemoryPeerInfo, MemorySwarm, type MemorySwarmEvents } from './memory/memory-swarm.js'
export { settled } from './memory/settled.js'
export { createNetwork, type NetworkOptions, type Networks } from './network.js'
export type { NetworkerNetwork } from './networker/networker-network.js'
export {
  createProxy,
  type ProxyOptions,
  type ProxyPassage,
  type TcpProxy,
  type Transform
} from './proxy/proxy.js'
export type { Address } from './stack/address.js'
export type {
  Multicast,
  OnConnect,
  Swarm,
  SwarmDiscovery,
  SwarmNetwork,
  SwarmOptions,
  SwarmPeer,
  SwarmServer,
  SwarmSocket,
  UtpSocket
} from './stack/hyperswarm-2.js'
export type { HyperDht, Hyperswarm, PeerInfo, Testnet, UdxSocket, UdxStream } from './stack/hyperswarm-4.js'
export type {
  Corestore,
  Networker,
  NetworkerExtension,
  NetworkerExtensionHandlers,
  NetworkerPeer
} from './stack/networker.js'
export type {
  ExtensionHandlers,
  KeyPair,
  LocalExtensions,
  ProtocolState,
  ProtocolStream,
  ProtocolStreamOptions,
  StreamExtension
} from './stack/protocol-stream.js'
export type { SecretStream } from './stack/secret-stream.js'
export type { WireEnd } from './wire.js'
