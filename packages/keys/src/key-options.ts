import { isUint8Array } from 'node:util/types'
import { PeersocketsError } from 'peersockets'

/** Where a middleware takes its keys from. A property that is there counts, though it be `undefined`. */
export interface KeyOptions {
  readonly key?: unknown
  readonly keys?: unknown
}

/** The key to send with, then all others to accept. */
export type Keys = readonly [Uint8Array, ...Uint8Array[]]

const MIN_KEY_BYTES = 16

/** A frame that is right under no key costs the work for each. */
const MAX_KEYS = 16

/** Throws unless `options` is an object whose properties are all `known`. */
export function checkNames(middleware: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options) || isUint8Array(options)) {
    throw invalid(middleware, `it takes an object, such as ${middleware}({ key })`)
  }
  if (Object.keys(options).every(name => known.includes(name))) return
  // The name is not quoted: it may be a key in the wrong place.
  throw invalid(middleware, `there is an option that is none of ${known.join(', ')}`)
}

/**
 * The keys of `key` or `keys`, which are the caller's own: they are not to be kept. Undefined where neither is there, so that
 * a setting that is missing never passes for a topic without a key. Throws `ERR_INVALID_ARGUMENT`.
 */
export function readKeys(middleware: string, options: KeyOptions): Keys | undefined {
  if ('key' in options && 'keys' in options) {
    throw invalid(middleware, 'key and keys cannot be given together; put key first into keys')
  }
  if ('key' in options) return [checkKey(middleware, options.key, 'key')]
  if (!('keys' in options)) return undefined
  const { keys } = options
  if (!Array.isArray(keys) || keys.length < 1 || keys.length > MAX_KEYS) {
    throw invalid(middleware, `keys is a list of 1 to ${MAX_KEYS} keys, the one to send with first`)
  }
  const [current, ...older] = keys
  return [
    checkKey(middleware, current, 'keys[0]'),
    ...older.map((key, at) => checkKey(middleware, key, `keys[${at + 1}]`))
  ]
}

function checkKey(middleware: string, key: unknown, name: string): Uint8Array {
  if (!isUint8Array(key)) {
    const what = key === null ? 'null' : typeof key
    throw invalid(
      middleware,
      `${name} is ${what}, but has to be a Buffer or Uint8Array. A passphrase becomes one with scrypt`
    )
  }
  if (key.length < MIN_KEY_BYTES) {
    throw invalid(
      middleware,
      `${name} has ${key.length} bytes, but ${MIN_KEY_BYTES} is the least. Make one with crypto.randomBytes(32)`
    )
  }
  return key
}

/** The error for options of `middleware` that are wrong. */
export function invalid(middleware: string, reason: string): PeersocketsError {
  return new PeersocketsError('ERR_INVALID_ARGUMENT', `${middleware}(): ${reason}.`)
}
