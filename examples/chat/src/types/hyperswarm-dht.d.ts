/** What is used of `@hyperswarm/dht@4`, which has no types of its own. */
declare module '@hyperswarm/dht' {
  interface Node {
    listen(port: number, host: string): void
    ping(node: { host: string; port: number }, onpong: (error: Error | null) => void): void
    destroy(): void
  }
  function dht(options: { bootstrap: false; ephemeral: true }): Node
  export = dht
}
