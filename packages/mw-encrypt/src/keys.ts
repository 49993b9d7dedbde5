import { createHash, createHmac } from 'node:crypto'
import { isUint8Array } from 'node:util/types'
import { PeersocketsError } from 'peersockets'

/** The key of the group, or several of them for a rotation. */
export type EncryptOptions =
  | {
      /** 16 bytes or more of random. It is copied. Only those who hold it can read, or send what is believed. */
      readonly key: Uint8Array
      readonly keys?: never
    }
  | {
      readonly key?: never
      /** 1 to 16 keys, as `key`. Frames are encrypted with the first, and accepted from any. */
      readonly keys: readonly Uint8Array[]
    }

/** Changes whenever a frame of this version would not be understood by another. */
export const VERSION = 'peersockets/mw-encrypt/1'

const MIN_KEY_BYTES = 16

/** A frame that no key opens costs one derivation and one decryption for each. */
const MAX_KEYS = 16

/** What is kept of a key of the group. */
export interface GroupKey {
  /** 32 bytes in its place, for the derivation. */
  readonly secret: Buffer
  /** Equal for equal keys, and says nothing about them. */
  readonly id: string
}

/** The one to encrypt with first. */
export type GroupKeys = readonly [GroupKey, ...GroupKey[]]

/** The keys of the options, checked. Nothing of the caller's is kept. Throws `ERR_INVALID_ARGUMENT`. */
export function readKeys(options: EncryptOptions): GroupKeys {
  if (typeof options !== 'object' || options === null || isUint8Array(options)) {
    throw invalid('it takes an object, such as encrypt({ key })')
  }
  const [name, ...others] = Object.keys(options)
  if ((name !== 'key' && name !== 'keys') || others.length > 0) {
    throw invalid('it takes either key or keys, and nothing else')
  }
  const keys = name === 'key' ? [options.key] : options.keys
  if (!Array.isArray(keys) || keys.length < 1 || keys.length > MAX_KEYS) {
    throw invalid(`keys is a list of 1 to ${MAX_KEYS} keys, the one to encrypt with first`)
  }
  const [current, ...older] = keys
  return [readKey(current), ...older.map(readKey)]
}

function readKey(key: unknown): GroupKey {
  if (!isUint8Array(key)) {
    throw invalid(
      `a key is a Buffer or Uint8Array, not ${key === null ? 'null' : typeof key}. A passphrase becomes one with scrypt`
    )
  }
  if (key.length < MIN_KEY_BYTES) {
    throw invalid(
      `a key has ${MIN_KEY_BYTES} bytes or more, not ${key.length}. Make one with crypto.randomBytes(32)`
    )
  }
  return {
    secret: sha256(`${VERSION} group key `, key),
    id: sha256(`${VERSION} key id `, key).toString('hex')
  }
}

function sha256(label: string, key: Uint8Array): Buffer {
  return createHash('sha256').update(label).update(key).digest()
}

function invalid(reason: string): PeersocketsError {
  return new PeersocketsError('ERR_INVALID_ARGUMENT', `encrypt(): ${reason}.`)
}

/**
 * HKDF-Extract (RFC 5869), with the key of the group as its salt. A connected peer knows the exported key: against it, that
 * is a pseudo-random function under a key that it does not have. And should the key of the group leak, the same step still
 * extracts from an exported key that nobody but the two peers knows.
 */
export function extract({ secret }: GroupKey, exported: Buffer): Buffer {
  return createHmac('sha256', secret).update(exported).digest()
}

/** HKDF-Expand (RFC 5869) to 32 bytes, which is one block. */
export function expand(secret: Buffer, context: Buffer, salt: Buffer): Buffer {
  return createHmac('sha256', secret).update(context).update(salt).update(Buffer.of(1)).digest()
}

/** Only the topic has no fixed length: no two sets of values, with the salt behind them, give the same bytes. */
export function contextOf(sender: Buffer, receiver: Buffer, topic: string): Buffer {
  return Buffer.concat([Buffer.from(VERSION), sender, receiver, Buffer.from(topic)])
}
