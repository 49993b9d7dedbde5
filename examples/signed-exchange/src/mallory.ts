import { type Address, createBitFlipper, createProxy, type ProxyPassage } from '@peersockets/testing'

/** Somebody on the path between two peers. She cannot read what passes, for it is encrypted; but she can change it. */
export interface Mallory {
  /** Where she listens. Who connects to her is connected to the victim, through her. */
  readonly address: Address
  /**
   * Changes the next message to the victim: in its byte `fromEnd`, where 1 is the last, the bits of `mask` are turned
   * over. Resolves when she has.
   */
  flipNext(fromEnd: number, mask: number): Promise<void>
  leave(): Promise<void>
}

export async function createMallory(victim: Address): Promise<Mallory> {
  const flipper = createBitFlipper<ProxyPassage>()
  const proxy = await createProxy({ target: victim, transform: flipper.attack })
  return {
    address: { host: proxy.host, port: proxy.port },
    async flipNext(fromEnd, mask) {
      await flipper.flipNext({ offsetFromEnd: fromEnd, mask }, ({ direction }) => direction === 'up')
    },
    leave: () => proxy.close()
  }
}
