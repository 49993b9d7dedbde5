import { createRequire } from 'node:module'
// For what its import repairs: without that, the networker and hypercore-protocol throw as soon as they make a key pair.
import 'peersockets'
import type { Dht, DhtOptions } from './dht.js'
import type { Swarm, SwarmOptions } from './hyperswarm-2.js'
import type { HyperDhtConstructor, HyperswarmConstructor, Testnet } from './hyperswarm-4.js'
import type { Corestore, NetworkerConstructor, Storage } from './networker.js'
import type { ProtocolStreamConstructor } from './protocol-stream.js'
import type { SecretStreamConstructor } from './secret-stream.js'

/**
 * The network packages, each loaded when it is first used. They are the user's to install: each of the two generations
 * brings a sodium of its own, and a test of a plugin needs neither.
 */

const NETWORKER = '@corestore/networker@1 corestore@5'
const PROTOCOL = 'hypercore-protocol@8'
const HYPERSWARM = 'hyperswarm@4'
const SECRET_STREAM = '@hyperswarm/secret-stream@6'

export function networkerClass(): NetworkerConstructor {
  return load(['@corestore/networker'], NETWORKER)
}

export function corestoreClass(): new (storage: Storage) => Corestore {
  return load(['corestore'], NETWORKER)
}

/** That of the networker: another version may stand beside it. */
export function hyperswarm2(): (options?: SwarmOptions) => Swarm {
  return load(['@corestore/networker', 'hyperswarm'], NETWORKER)
}

/** The one below hyperswarm 2. */
export function dht4(): (options?: DhtOptions) => Dht {
  const below = ['hyperswarm', '@hyperswarm/network', '@hyperswarm/discovery', '@hyperswarm/dht']
  return load(['@corestore/networker', ...below], NETWORKER)
}

export function protocolStreamClass(): ProtocolStreamConstructor {
  return load(['hypercore-protocol'], PROTOCOL)
}

export function hyperswarm4Class(): HyperswarmConstructor {
  const Hyperswarm: HyperswarmConstructor = load(['hyperswarm'], HYPERSWARM)
  // Hyperswarm 2 is a function that makes a swarm, under the same name.
  if (typeof Hyperswarm.prototype?.joinPeer === 'function') return Hyperswarm
  throw new Error(`The hyperswarm that is installed is not version 4. ${remedy(HYPERSWARM)}`)
}

export function hyperDhtClass(): HyperDhtConstructor {
  return belowHyperswarm4('hyperdht')
}

/** Starts so many DHT nodes on 127.0.0.1. */
export function createDhtNodes(): (size: number) => Promise<Testnet> {
  return belowHyperswarm4('hyperdht/testnet.js')
}

function belowHyperswarm4<T>(name: string): T {
  hyperswarm4Class()
  return load(['hyperswarm', name], HYPERSWARM)
}

export function secretStreamClass(): SecretStreamConstructor {
  return load(['@hyperswarm/secret-stream'], SECRET_STREAM)
}

/** What the last of `names` exports, as the one before it finds it, and the first as this package does. */
function load<T>(names: readonly string[], packages: string): T {
  let path: string
  try {
    path = names.reduce((from, name) => createRequire(from).resolve(name), import.meta.url)
  } catch (cause) {
    throw new Error(
      `${names.join(' > ')} is not installed, which this network is made of. ${remedy(packages)}`,
      {
        cause
      }
    )
  }
  // By its path: what the preload puts in the place of a name is for the program, and not for us.
  return createRequire(import.meta.url)(path)
}

function remedy(packages: string): string {
  return `Run: npm install --save-dev ${packages}`
}
