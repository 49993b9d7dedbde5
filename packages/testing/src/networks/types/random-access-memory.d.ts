declare module 'random-access-memory' {
  const ram: import('../stack/networker.js').Storage
  export = ram
}
