import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Connection } from '../transport/transport.js'
import { TAG_BYTES } from './bounds.js'

const EXPORT_LABEL = 'wire/v1/tag'

/** How a topic is called on one connection, by us and by the peer, in the form that tables use. */
export interface TopicTags {
  readonly local: string
  readonly remote: string
}

/** Makes the tags of topics on one connection (SPEC, "Tags"): only who knows the name, and the secret, can make them. */
export class Tagger {
  readonly #send: DirectionKey
  readonly #receive: DirectionKey

  /** Throws `ERR_NO_KEY_EXPORT`. */
  constructor(connection: Connection) {
    const { send, receive } = connection.exportKey(EXPORT_LABEL)
    this.#send = new DirectionKey(send)
    this.#receive = new DirectionKey(receive)
  }

  tags(name: string, secret: Buffer | undefined): TopicTags {
    const text = Buffer.from(name)
    return { local: this.#send.tag(text, secret), remote: this.#receive.tag(text, secret) }
  }

  /** No more tags are made. */
  wipe(): void {
    this.#send.wipe()
    this.#receive.wipe()
  }
}

class DirectionKey {
  readonly #key: Buffer
  /** Where HMAC is with the key behind it, and the name to come: half of the work, for topics without a secret. */
  readonly #keyed: ReturnType<typeof hmac.create>

  constructor(key: Buffer) {
    this.#key = key
    this.#keyed = hmac.create(sha256, key)
  }

  tag(name: Buffer, secret: Buffer | undefined): string {
    if (secret === undefined) return tagOf(this.#keyed.clone().update(name).digest())
    const ofTopic = keyUnder(secret, this.#key)
    const tag = tagOf(hmac(sha256, ofTopic, name))
    ofTopic.fill(0)
    return tag
  }

  wipe(): void {
    this.#key.fill(0)
    this.#keyed.destroy()
  }
}

function tagOf(mac: Uint8Array): string {
  return tagText(Buffer.from(mac.buffer, mac.byteOffset, TAG_BYTES))
}

/** A tag in the form that tables use. */
export function tagText(tag: Buffer): string {
  return tag.toString('latin1')
}

/** A tag as it travels. */
export function tagBytes(text: string): Buffer {
  return Buffer.from(text, 'latin1')
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
