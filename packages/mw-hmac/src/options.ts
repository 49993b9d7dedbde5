import { checkNames, invalid, readKeys } from '@peersockets/keys'
import { MAX_TAG_BYTES, MIN_TAG_BYTES } from './frame.js'
import { type Salts, saltOf } from './keys.js'

/** Whose frames `hmac` is to believe, and how long its tags are. */
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

/** What the options come to. */
export interface Settings {
  /** What both sides compare. */
  readonly name: string
  readonly salts: Salts
  /** Whether the salts are those of shared keys. */
  readonly shared: boolean
  readonly tagBytes: number
}

/** The options, checked. Nothing of the caller's is kept. Throws `ERR_INVALID_ARGUMENT`. */
export function readOptions(options: HmacOptions): Settings {
  // A typing mistake must not become a topic that anybody can sign for.
  checkNames('hmac', options, ['key', 'keys', 'tagBytes'])
  const keys = readKeys('hmac', options)
  const tagBytes = readTagBytes(options)
  const shared = keys !== undefined
  const [current, ...older] = keys ?? [undefined]
  return {
    name: nameOf(shared, tagBytes),
    salts: [saltOf(current), ...older.map(saltOf)],
    shared,
    tagBytes
  }
}

/**
 * Those who would not believe each other's frames have different names, as far as a name may tell: on a private topic they
 * hear of it before any message.
 */
function nameOf(shared: boolean, tagBytes: number): string {
  return `hmac${shared ? '+key' : ''}${tagBytes === MIN_TAG_BYTES ? '' : `/${tagBytes}`}`
}

function readTagBytes({ tagBytes = MIN_TAG_BYTES }: HmacOptions): number {
  if (!Number.isInteger(tagBytes) || tagBytes < MIN_TAG_BYTES || tagBytes > MAX_TAG_BYTES) {
    throw invalid('hmac', `tagBytes is a whole number from ${MIN_TAG_BYTES} to ${MAX_TAG_BYTES}`)
  }
  return tagBytes
}
