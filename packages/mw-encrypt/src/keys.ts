import { createHash, createHmac } from 'node:crypto'
import { checkNames, invalid, readKeys } from '@peersockets/keys'

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

/** What stands for each key of the group in the derivation, 32 bytes: for the one to encrypt with first. */
export type Secrets = readonly [Buffer, ...Buffer[]]

/** What the options come to. Nothing of the caller's is kept. Throws `ERR_INVALID_ARGUMENT`. */
export function readOptions(options: EncryptOptions): Secrets {
  checkNames('encrypt', options, ['key', 'keys'])
  const keys = readKeys('encrypt', options)
  if (keys === undefined) throw invalid('encrypt', 'it needs key or keys')
  const [current, ...older] = keys
  return [secretOf(current), ...older.map(secretOf)]
}

function secretOf(key: Uint8Array): Buffer {
  return createHash('sha256').update(`${VERSION} group key `).update(key).digest()
}

/**
 * HKDF-Extract (RFC 5869), with the key of the group as its salt. A connected peer knows the exported key: against it, that
 * is a pseudo-random function under a key that it does not have. And should the key of the group leak, the same step still
 * extracts from an exported key that nobody but the two peers knows.
 */
export function extract(secret: Buffer, exported: Buffer): Buffer {
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
