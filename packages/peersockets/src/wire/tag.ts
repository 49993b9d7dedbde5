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
  readonly #send: Uint8Array
  readonly #receive: Uint8Array

  /** Throws `ERR_NO_KEY_EXPORT`. */
  constructor(connection: Connection) {
    const { send, receive } = connection.exportKey(EXPORT_LABEL)
    this.#send = send
    this.#receive = receive
  }

  tags(name: string, secret: Buffer | undefined): TopicTags {
    return {
      local: tagOf(this.#send, name, secret),
      remote: tagKey(tagOf(this.#receive, name, secret))
    }
  }
}

/** A tag as a key of a table. */
export function tagKey(tag: Buffer): string {
  return tag.toString('latin1')
}

function tagOf(key: Uint8Array, name: string, secret: Buffer | undefined): Buffer {
  // The secret is a key of its own: without it the inner MAC is out of reach, whatever is guessed of the name.
  const ofTopic = secret === undefined ? key : hmac(sha256, secret, key)
  return Buffer.from(hmac(sha256, ofTopic, Buffer.from(name))).subarray(0, TAG_BYTES)
}
