declare module 'hypercore-protocol' {
  const ProtocolStream: import('../stack/protocol-stream.js').ProtocolStreamConstructor
  export = ProtocolStream
}
