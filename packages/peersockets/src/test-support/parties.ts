import { createNetwork, type MemoryNetwork, type MemoryNetworker } from '@peersockets/testing'
import { onTestFinished } from 'vitest'
import type { PeersocketsError } from '../errors.js'
import { Peersockets, type PeersocketsOptions } from '../peersockets.js'
import type { NetworkerPeer } from '../transport/networker-like.js'

/** One peer of a test network: its `Peersockets`, and what was reported to it. */
export interface Party {
  readonly networker: MemoryNetworker
  readonly sockets: Peersockets
  readonly rejections: { readonly error: PeersocketsError; readonly peer: NetworkerPeer }[]
  /** The codes of `rejections`, in order. */
  readonly codes: () => string[]
}

export interface Parties {
  readonly network: MemoryNetwork
  readonly parties: readonly [Party, Party, ...Party[]]
}

/** Peers in memory with real protocol streams; gone when the test is over. */
export async function parties(
  peers = 2,
  options: PeersocketsOptions<NetworkerPeer> = {},
  connected = true
): Promise<Parties> {
  const network = await createNetwork({ stack: 'memory', peers, connected })
  onTestFinished(() => network.close())
  const [first, second, ...others] = network.networkers.map(networker => party(networker, options))
  if (first === undefined || second === undefined) throw new RangeError('A test needs two peers.')
  return { network, parties: [first, second, ...others] }
}

function party(networker: MemoryNetworker, options: PeersocketsOptions<NetworkerPeer>): Party {
  const sockets = new Peersockets(networker, options)
  const rejections: Party['rejections'] = []
  sockets.on('reject', (error, peer) => rejections.push({ error, peer }))
  return { networker, sockets, rejections, codes: () => rejections.map(({ error }) => error.code) }
}

/** In memory everything that was sent has arrived, and its promises have settled, a few turns of the event loop later. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise(resolve => setImmediate(resolve))
}

/** The key under which `to` is connected. */
export function keyOf(to: Party): Buffer {
  return to.networker.keyPair.publicKey
}
