declare module 'hypercore' {
  /** What is used of `hypercore@10`, which has no types of its own. */
  export default class Hypercore {
    constructor(storage: unknown, key?: Buffer)
    readonly key: Buffer
    readonly length: number
    ready(): Promise<void>
    append(blocks: readonly Buffer[]): Promise<unknown>
    get(index: number): Promise<Buffer>
    /** Replicates over a secret stream, beside whatever else is on it. */
    replicate(stream: import('@peersockets/testing').SecretStream): unknown
    close(): Promise<void>
  }
}

declare module 'random-access-memory' {
  const ram: unknown
  export default ram
}
