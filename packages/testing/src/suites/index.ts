/** The compliance suites, and sessions without a network: nothing here knows of any network. */

export { type CodecSuite, testCodec } from './codec/codec.js'
export type { CodecPromises } from './codec/subject.js'
export { type MiddlewareSuite, testMiddleware } from './middleware/middleware.js'
export type { FrameAttack, MiddlewarePromises } from './middleware/subject.js'
export { type Refused, type SchemaSuite, testSchema } from './schema.js'
export {
  type Ends,
  type Secrets,
  TestConnection,
  type TestConnectionOptions
} from './session/test-connection.js'
export type { Test } from './suite.js'
export type { TransportEnd, TransportPair, TransportPromises } from './transport/subject.js'
export { type TransportSuite, testTransport } from './transport/transport.js'
