declare module 'hyperswarm-4' {
  const Hyperswarm: import('../stack/hyperswarm-4.js').HyperswarmConstructor
  export = Hyperswarm
}

declare module 'hyperdht' {
  const HyperDht: import('../stack/hyperswarm-4.js').HyperDhtConstructor
  export = HyperDht
}

declare module 'hyperdht/testnet.js' {
  function createTestnet(size: number): Promise<import('../stack/hyperswarm-4.js').Testnet>
  export = createTestnet
}
