import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Connection } from '../transport/transport.js'
import { TAG_BYTES } from './bounds.js'

const EXPORT_LABEL = 'wire/v1/tag'
/** Of a topic's name, in UTF-8. */
const MAX_NAME_BYTES = 1024

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

// Used again for every tag, because a topic is opened with two of them, and to allocate costs more than to compute.
const nameBytes = Buffer.alloc(MAX_NAME_BYTES)
const mac = new Uint8Array(sha256.outputLen)
const firstOfMac = Buffer.from(mac.buffer, 0, TAG_BYTES)
const work = hmac.create(sha256, mac)

class DirectionKey {
  readonly #key: Buffer
  /** Where HMAC is with the key behind it, and the name to come: half of the work, for topics without a secret. */
  readonly #keyed: ReturnType<typeof hmac.create>

  constructor(key: Buffer) {
    this.#key = key
    this.#keyed = hmac.create(sha256, key)
  }

  tag(name: string, secret: Buffer | undefined): Buffer {
    const text = nameBytes.subarray(0, nameBytes.write(name))
    if (secret === undefined) this.#keyed._cloneInto(work).update(text).digestInto(mac)
    else {
      const ofTopic = keyUnder(secret, this.#key)
      hmac.create(sha256, ofTopic).update(text).digestInto(mac)
      ofTopic.fill(0)
    }
    return firstOfMac
  }

  wipe(): void {
    this.#key.fill(0)
    this.#keyed.destroy()
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
