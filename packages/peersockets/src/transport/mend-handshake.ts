import { PeersocketsError } from '../errors.js'
import { requireFrom, resolveFrom } from './installed.js'

/** Known to be right without loading it, and the addon with it. */
const RIGHT_NOISE = '3.0.1'

const FIX =
  'Add `"overrides": { "noise-protocol": "3.0.1" }` to your package.json (pnpm: to pnpm-workspace.yaml; yarn: as ' +
  '`"resolutions"`), delete node_modules and the lock file, and install again.'

type Free = (buffer: Buffer) => void

interface HypercoreCrypto {
  free: Free
}

interface Handshake {
  readonly split: { readonly rx: Buffer; readonly tx: Buffer } | null
}

interface SimpleHandshake {
  readonly prototype: { _finish(this: Handshake, ...args: unknown[]): void }
}

/** A module of noise-protocol: what 3.0.1 has, or the factory of it that 3.0.2 has. */
type NoiseModule = ((parts?: Record<string, unknown>) => object) & Record<string, unknown>

/** For each secret that a handshake has allocated: `sodium_free` of the libsodium it came from. */
const allocators = new WeakMap<Buffer, Free>()

/**
 * Makes one copy of simple-hypercore-protocol, named by the path of its `lib/handshake.js`, work with the packages it was
 * installed with. Loads nothing if they are right. Returns what cannot be repaired.
 *
 * Everything that is repaired here is looked up by its users when they need it, not when they load: the order of imports does not
 * matter, as long as this runs before the first protocol stream is made.
 */
export function mendHandshake(file: string): PeersocketsError | undefined {
  const handshake = requireFrom(file)
  const simpleHandshake = requireFrom(resolveFrom(file, 'simple-handshake'))
  if (handshake === undefined || simpleHandshake === undefined) return undefined
  let found = 'a noise-protocol that cannot be loaded'
  try {
    for (const user of [handshake, simpleHandshake]) {
      const { version }: { version: string } = user('noise-protocol/package.json')
      found = `noise-protocol ${version}`
      if (version !== RIGHT_NOISE) mendNoise(user)
    }
    const allocating = sodiumOf(simpleHandshake.resolve('noise-protocol'))
    if (allocating !== undefined && allocating !== sodiumOf(handshake.resolve('hypercore-crypto'))) {
      found = 'two copies of sodium-native'
      mendFree(handshake, allocating)
    }
    return undefined
  } catch (cause) {
    const message = `hypercore-protocol was installed with ${found}, which it does not work with. ${FIX}`
    return new PeersocketsError('ERR_INCOMPATIBLE_DEPENDENCY', message, { cause })
  }
}

/**
 * noise-protocol@3.0.2 exports factories where 3.0.1 exported the things they make. hypercore-protocol asks for ^3.0.1 and
 * reads `PKLEN` from a factory: `new Networker()` throws `The "size" argument must be of type number`. Given the properties
 * of what they make, the factories serve as both. (A dependency of ours on 3.0.1 would help only where the installer shares
 * that copy: not with pnpm, and not in a project that had hypercore-protocol first. And apps on other networks would carry it.)
 */
function mendNoise(user: NodeJS.Require): void {
  const dh: NoiseModule = user('noise-protocol/dh')
  const hash: NoiseModule = user('noise-protocol/hash')
  const symmetricState: NoiseModule = user('noise-protocol/symmetric-state')
  if (dh.PKLEN === undefined) {
    const cipher: NoiseModule = user('noise-protocol/cipher')
    const cipherState: NoiseModule = user('noise-protocol/cipher-state')
    Object.assign(dh, dh())
    Object.assign(hash, hash({ dh }))
    Object.assign(symmetricState, symmetricState({ hash, cipherState: cipherState({ cipher: cipher() }) }))
  }
  const used = [dh.PKLEN, dh.SKLEN, hash.HASHLEN, dh.generateKeypair, symmetricState.getHandshakeHash]
  if (used.map(property => typeof property).join() !== 'number,number,number,function,function') {
    throw new TypeError('Its modules export neither what those of 3.0.1 do, nor factories of it.')
  }
}

/** The addon that a package gets through its sodium-universal. */
function sodiumOf(file: string): string | undefined {
  return resolveFrom(resolveFrom(file, 'sodium-universal'), 'sodium-native')
}

/**
 * noise-protocol allocates the secrets of a handshake, simple-hypercore-protocol frees them through hypercore-crypto. If
 * these two got different copies of sodium-native, as with noise-protocol 3.0.2, the canaries of two libsodiums do not
 * match, and the first handshake is a segfault. So each secret goes back to where it came from. (Leaving it to the garbage
 * collector is no way out: some 15,000 handshakes in a row meet the kernel's limit of memory mappings.)
 */
function mendFree(handshake: NodeJS.Require, allocating: string): void {
  const { sodium_free }: { sodium_free: Free } = handshake(allocating)
  const crypto: HypercoreCrypto = handshake('hypercore-crypto')
  const { prototype }: SimpleHandshake = handshake('simple-handshake')
  const { _finish: finish } = prototype
  const { free } = crypto
  if (typeof finish !== 'function') throw new TypeError('simple-handshake has changed.')
  prototype._finish = function (...args) {
    if (this.split !== null) {
      for (const secret of [this.split.rx, this.split.tx]) allocators.set(secret, sodium_free)
    }
    finish.apply(this, args)
  }
  crypto.free = buffer => (allocators.get(buffer) ?? free)(buffer)
}
