import { isUint8Array } from 'node:util/types'
import { PeersocketsError } from 'peersockets'
import { MAX_TAG_BYTES, MIN_TAG_BYTES } from './frame.js'
import { type Salts, saltOf } from './keys.js'

/** Whom `hmac` is to believe, and how long its tags are. */
export interface HmacOptions {
  /**
   * A key that the members of the topic share, 16 bytes or more of random: only those who hold it are believed. It is
   * copied. Without one, a frame proves that it comes from the peer at the other end of the connection.
   */
  readonly key?: Uint8Array
  /** Instead of `key`, for a rotation: 1 to 16 keys. Frames are signed with the first, and accepted from any. */
  readonly keys?: readonly Uint8Array[]
  /** How many bytes of the HMAC a frame carries, 16 (the default, RFC 4868) to 32; equal on both sides. */
  readonly tagBytes?: number
}

const KNOWN_OPTIONS = ['key', 'keys', 'tagBytes']

const MIN_KEY_BYTES = 16

/** A frame that matches no key costs one HMAC for each. */
const MAX_KEYS = 16

/** The options, checked. Nothing of the caller's is kept. Throws `ERR_INVALID_ARGUMENT`. */
export function readOptions(options: HmacOptions): { salts: Salts; tagBytes: number } {
  if (typeof options !== 'object' || options === null || isUint8Array(options)) {
    throw invalid('it takes an object, such as hmac({ key })')
  }
  // A typing error must not be a topic that anybody can sign for.
  const unknown = Object.keys(options).find(name => !KNOWN_OPTIONS.includes(name))
  if (unknown !== undefined) {
    throw invalid(`there is no option ${JSON.stringify(unknown)}, only ${KNOWN_OPTIONS.join(', ')}`)
  }
  return { salts: readSalts(options), tagBytes: readTagBytes(options) }
}

function readSalts(options: HmacOptions): Salts {
  if ('key' in options && 'keys' in options) {
    throw invalid('key and keys cannot be given together; put key first into keys')
  }
  if ('key' in options) return [readSalt(options.key, 'key')]
  if (!('keys' in options)) return [saltOf()]
  const { keys } = options
  if (!Array.isArray(keys) || keys.length < 1 || keys.length > MAX_KEYS) {
    throw invalid(`keys is a list of 1 to ${MAX_KEYS} keys, the one to sign with first`)
  }
  const [current, ...older] = keys
  return [readSalt(current, 'keys[0]'), ...older.map((key, at) => readSalt(key, `keys[${at + 1}]`))]
}

function readSalt(key: unknown, name: string): Buffer {
  if (!isUint8Array(key)) {
    // A key that could not be read from somewhere must not be a topic without a key.
    throw invalid(
      `${name} is ${key === null ? 'null' : typeof key}, but has to be a Buffer or Uint8Array. ` +
        'A passphrase becomes one with scrypt; for no shared key leave the option out'
    )
  }
  if (key.length < MIN_KEY_BYTES) {
    throw invalid(
      `${name} has ${key.length} bytes, but ${MIN_KEY_BYTES} is the least. ` +
        'Make one with crypto.randomBytes(32)'
    )
  }
  return saltOf(key)
}

function readTagBytes({ tagBytes = MIN_TAG_BYTES }: HmacOptions): number {
  if (!Number.isInteger(tagBytes) || tagBytes < MIN_TAG_BYTES || tagBytes > MAX_TAG_BYTES) {
    throw invalid(`tagBytes is a whole number from ${MIN_TAG_BYTES} to ${MAX_TAG_BYTES}`)
  }
  return tagBytes
}

function invalid(reason: string): PeersocketsError {
  return new PeersocketsError('ERR_INVALID_ARGUMENT', `hmac(): ${reason}.`)
}
