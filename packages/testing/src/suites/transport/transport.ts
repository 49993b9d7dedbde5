import { register, type Test } from '../suite.js'
import { channels } from './channels.js'
import { connections } from './connections.js'
import { exportsKeys, refusesToExport } from './keys.js'
import { queue } from './queue.js'
import type { TransportPair, TransportPromises } from './subject.js'

export interface TransportSuite extends TransportPromises {
  test: Test
  /** What the tests call it. Default: `the transport`. */
  name?: string
}

/**
 * Registers tests that hold a transport to the contract, and to what it promises beyond that. `createPair` connects two
 * peers, for each test anew; the test closes them.
 */
export function testTransport(
  createPair: () => Promise<TransportPair>,
  { test, name = 'the transport', ...promises }: TransportSuite
): void {
  const keys = promises.exportsKeys === false ? refusesToExport : exportsKeys
  register(test, name, [...connections, keys, ...channels, ...queue], { createPair, promises })
}
