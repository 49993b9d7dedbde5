declare module '@hyperswarm/dht' {
  function dht(options?: import('../stack/dht.js').DhtOptions): import('../stack/dht.js').Dht
  export = dht
}
