declare module 'hypercore-protocol' {
  interface Options {
    noise?: boolean
    encrypted?: boolean
    timeout?: number | false
    onauthenticate?(remotePublicKey: Buffer, done: (error?: Error) => void): void
  }
  const ProtocolStream: new (
    initiator: boolean,
    options?: Options
  ) => import('@peersockets/testing').ProtocolStream
  export = ProtocolStream
}
