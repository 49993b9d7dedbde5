declare module '@hyperswarm/secret-stream' {
  const SecretStream: import('../stack/secret-stream.js').SecretStreamConstructor
  export = SecretStream
}
