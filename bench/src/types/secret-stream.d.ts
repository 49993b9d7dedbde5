declare module '@hyperswarm/secret-stream' {
  import type { Socket } from 'node:net'
  import type { KeyPair, SecretStream } from '@peersockets/testing'

  /** Over any stream of bytes; a TCP socket is what it is used with here. */
  const SecretStreamClass: {
    new (isInitiator: boolean, socket: Socket): SecretStream & { end(): void }
    keyPair(seed: Buffer): KeyPair
  }
  export = SecretStreamClass
}
