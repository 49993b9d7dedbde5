declare module 'protomux' {
  /** What is used of `protomux@3`, which has no types of its own. */
  export default class Protomux {
    static from(stream: import('@peersockets/testing').SecretStream): Protomux
    /** Whether the stream has room. */
    readonly drained: boolean
    cork(): void
    uncork(): void
    createChannel(options: { protocol: string }): {
      addMessage(options: { onmessage(message: Buffer): void }): { send(message: Uint8Array): boolean }
      open(): void
    }
  }
}
