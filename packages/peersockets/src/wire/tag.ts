import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Connection } from '../transport/transport.js'
import { MAX_NAME_BYTES, TAG_BYTES } from './bounds.js'

const EXPORT_LABEL = 'wire/v1/tag'

/** Makes the tags of topics on one connection (SPEC, "Tags"): only who knows the name, and the secret, can make them. */
export class Tagger {
  readonly #send: DirectionKey
  readonly #receive: DirectionKey

  /** Throws `ERR_NO_KEY_EXPORT`. */
  constructor(connection: Pick<Connection, 'exportKey'>) {
    const { send, receive } = connection.exportKey(EXPORT_LABEL)
    this.#send = new DirectionKey(send)
    this.#receive = new DirectionKey(receive)
  }

  /** How we call a topic, as it travels. To be read at once: the next tag takes its place. */
  local(name: string, secret: Buffer | undefined): Buffer {
    return this.#send.tag(name, secret)
  }

  /** How the peer calls it, in the form that tables use. */
  remote(name: string, secret: Buffer | undefined): string {
    return tagText(this.#receive.tag(name, secret))
  }

  /** No more tags are made. */
  wipe(): void {
    this.#send.wipe()
    this.#receive.wipe()
  }
}

/** SHA-256's, in bytes. */
const BLOCK_BYTES = 64

// Used again for every tag, because a topic is opened with two of them, and to allocate costs more than to compute.
const lastTag = Buffer.alloc(TAG_BYTES)

/** HMAC (RFC 2104) under one key, of a name at a time. */
class DirectionKey {
  readonly #key: Buffer
  /** What the inner hash is made of: the padded key, and room for the name. */
  readonly #inner = Buffer.alloc(BLOCK_BYTES + MAX_NAME_BYTES)
  /** What the outer one is made of: the padded key, and room for the inner. */
  readonly #outer = Buffer.alloc(BLOCK_BYTES + sha256.outputLen)

  /** `key` has no more bytes than a block. */
  constructor(key: Buffer) {
    this.#key = key
    for (let at = 0; at < BLOCK_BYTES; at++) {
      const byte = key[at] ?? 0
      this.#inner[at] = byte ^ 0x36
      this.#outer[at] = byte ^ 0x5c
    }
  }

  tag(name: string, secret: Buffer | undefined): Buffer {
    if (secret !== undefined) {
      const ofTopic = new DirectionKey(keyUnder(secret, this.#key))
      ofTopic.tag(name, undefined)
      ofTopic.wipe()
      return lastTag
    }
    const end = BLOCK_BYTES + this.#inner.write(name, BLOCK_BYTES)
    this.#outer.write(hash(this.#inner.subarray(0, end)), BLOCK_BYTES, 'latin1')
    lastTag.write(hash(this.#outer), 'latin1')
    return lastTag
  }

  wipe(): void {
    for (const bytes of [this.#key, this.#inner, this.#outer]) bytes.fill(0)
  }
}

const nodeHash = globalThis.process?.getBuiltinModule?.('crypto')?.hash

/**
 * SHA-256, as a character for each byte. Where there is Node, its own: one in JavaScript is as fast in the end, but a process
 * has joined thousands of topics by then.
 */
function hash(bytes: Buffer): string {
  return nodeHash?.('sha256', bytes, 'binary') ?? tagText(Buffer.from(sha256(bytes)))
}

/** A tag in the form that tables use. */
export function tagText(tag: Buffer): string {
  return tag.toString('latin1')
}

/**
 * What a table finds a tag by: its first half. How long a search takes may tell something of what is searched; so it is
 * believed only when the other half is right too, which {@link isSameTag} looks at without telling.
 */
export function tagIndex(tag: string): string {
  return tag.slice(0, TAG_BYTES / 2)
}

/** Whether two tags are equal, in a time that does not depend on where they differ. */
export function isSameTag(one: string, other: string): boolean {
  let difference = 0
  for (let at = 0; at < TAG_BYTES; at++) difference |= one.charCodeAt(at) ^ other.charCodeAt(at)
  return difference === 0
}

/** A key as it is for those who hold `secret`: without it, it is out of reach, whatever is guessed besides. */
export function keyUnder(secret: Buffer, key: Uint8Array): Buffer {
  return Buffer.from(hmac(sha256, secret, key))
}
