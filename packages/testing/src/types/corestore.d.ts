declare module 'corestore' {
  const Corestore: new (
    storage: import('../stack/networker.js').Storage,
    options?: { masterKey?: Buffer; cacheSize?: number }
  ) => import('../stack/networker.js').Corestore
  export = Corestore
}

declare module '@corestore/networker' {
  const Networker: import('../stack/networker.js').NetworkerConstructor
  export = Networker
}

declare module 'random-access-memory' {
  const ram: import('../stack/networker.js').Storage
  export = ram
}
