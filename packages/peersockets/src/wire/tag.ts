import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Connection } from '../transport/transport.js'
import { TAG_BYTES } from './bounds.js'

const EXPORT_LABEL = 'wire/v1/tag'

/** How a topic is called on one connection, by us and by the peer. */
export interface TopicTags {
  readonly local: Buffer
  /** In the form that tables use. */
  readonly remote: string
}

/** Makes the tags of topics on one connection (SPEC, "Tags"): only who knows the name, and the secret, can make them. */
export class Tagger {
  readonly #send: Buffer
  readonly #receive: Buffer

  /** Throws `ERR_NO_KEY_EXPORT`. */
  constructor(connection: Connection) {
    const { send, receive } = connection.exportKey(EXPORT_LABEL)
    this.#send = send
    this.#receive = receive
  }

  tags(name: string, secret: Buffer | undefined): TopicTags {
    return {
      local: tagOf(this.#send, name, secret),
      remote: tagText(tagOf(this.#receive, name, secret))
    }
  }

  /** No more tags are made. */
  wipe(): void {
    this.#send.fill(0)
    this.#receive.fill(0)
  }
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

function tagOf(key: Buffer, name: string, secret: Buffer | undefined): Buffer {
  const text = Buffer.from(name)
  if (secret === undefined) return Buffer.from(hmac(sha256, key, text)).subarray(0, TAG_BYTES)
  const ofTopic = keyUnder(secret, key)
  const tag = Buffer.from(hmac(sha256, ofTopic, text)).subarray(0, TAG_BYTES)
  ofTopic.fill(0)
  return tag
}
