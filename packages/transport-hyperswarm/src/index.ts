export { hyperswarm } from './hyperswarm.js'
export type { RawStream, SecretStream } from './secret-stream.js'
export type { HyperswarmPeer, SwarmLike } from './swarm.js'
