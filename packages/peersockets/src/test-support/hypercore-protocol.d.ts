declare module 'hypercore-protocol' {
  interface Options {
    noise?: boolean
    encrypted?: boolean
    timeout?: number | false
    /** Given at once, or by the callback that a function gets. */
    keyPair?: KeyPair | ((ready: (error: null, keyPair: KeyPair) => void) => void)
    onauthenticate?(remotePublicKey: Buffer, done: (error?: Error) => void): void
  }
  type KeyPair = import('@peersockets/testing').KeyPair
  const ProtocolStream: {
    new (initiator: boolean, options?: Options): import('@peersockets/testing').ProtocolStream
    keyPair(): KeyPair
  }
  export = ProtocolStream
}
