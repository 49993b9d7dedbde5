declare module 'hypercore-protocol' {
  import type { EventEmitter } from 'node:events'
  import type { Socket } from 'node:net'
  import type { ProtocolStream } from 'peersockets'

  interface HypercoreProtocol
    extends EventEmitter,
      Omit<ProtocolStream, 'on' | 'once' | 'removeListener' | 'destroy'> {
    readonly writable: boolean
    write(chunk: string | Uint8Array): boolean
    end(): this
    /** Ends it in order, as soon as all that was sent is through. */
    finalize(): void
    destroy(error?: Error): this
    pipe(to: Socket): Socket
  }

  const HypercoreProtocol: new (initiator: boolean, options: { live: boolean }) => HypercoreProtocol
  export = HypercoreProtocol
}
