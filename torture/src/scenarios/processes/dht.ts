import { createBootstrap, createTestnet } from '@peersockets/testing'
import type { StackName } from '../../stacks.js'

/** What the processes find each other by. */
export async function dhtOf(
  stack: StackName
): Promise<{ readonly bootstrap: string; close(): Promise<void> }> {
  if (stack === 'networker') {
    const node = await createBootstrap()
    return { bootstrap: node.address, close: () => node.close() }
  }
  const testnet = await createTestnet()
  return {
    bootstrap: testnet.bootstrap.map(({ host, port }) => `${host}:${port}`).join(),
    close: () => testnet.destroy()
  }
}
