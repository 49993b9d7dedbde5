import type { Connection } from '../transport/transport.js'
import { CHECK_BYTES, TAG_BYTES } from './bounds.js'
import { type Fill, MacKey } from './mac-key.js'

/** What an ACCEPT vouches for, from the side of its sender (SPEC, "Acceptance"). */
export interface Vouched {
  readonly sender: Buffer
  readonly receiver: Buffer
  /** Of the OPEN that is accepted. */
  readonly receiverOpen: number
  /** Of the sender's own OPEN of the topic. */
  readonly senderOpen: number
  /** Under which the sender will send DATA. */
  readonly number: number
  readonly value: Buffer
  readonly pipelineId: string
}

/**
 * Makes the tags of topics on one connection, and the checks of their ACCEPTs (SPEC, "Tags", "Acceptance"). Only a peer that
 * knows the name, and the secret, can make them.
 */
export class TopicTags {
  readonly #connection: Pick<Connection, 'exportKey'>
  /** Made when they are first needed: a connection without private topics may have no keys to give. */
  #keys: { readonly tag: KeyPair; readonly accept: KeyPair } | undefined

  constructor(connection: Pick<Connection, 'exportKey'>) {
    this.#connection = connection
  }

  /** How we call a topic. Throws `ERR_NO_KEY_EXPORT`, as all here do that need a key. */
  local(name: string, secret: Buffer | undefined): Buffer {
    return this.#makeKeys().tag.send.mac(secret, fillWithName(name)).subarray(0, TAG_BYTES)
  }

  /** How the peer calls it, in the form that tables use. */
  remote(name: string, secret: Buffer | undefined): string {
    return tagText(this.#makeKeys().tag.receive.mac(secret, fillWithName(name)).subarray(0, TAG_BYTES))
  }

  /** The check of an ACCEPT that we send. */
  vouch(name: string, secret: Buffer | undefined, vouched: Vouched): Buffer {
    return this.#makeKeys().accept.send.mac(secret, fillWith(name, vouched)).subarray(0, CHECK_BYTES)
  }

  /** Whether `check` is that of an ACCEPT which the peer has sent, in a time that does not depend on where it differs. */
  vouches(name: string, secret: Buffer | undefined, vouched: Vouched, check: Buffer): boolean {
    const right = this.#makeKeys().accept.receive.mac(secret, fillWith(name, vouched))
    let difference = 0
    for (let at = 0; at < CHECK_BYTES; at++) difference |= (right[at] ?? 0) ^ (check[at] ?? 0)
    return difference === 0
  }

  /** Forgets the keys, which are exported anew if more is made. */
  wipe(): void {
    for (const { send, receive } of this.#keys === undefined ? [] : [this.#keys.tag, this.#keys.accept]) {
      send.wipe()
      receive.wipe()
    }
    this.#keys = undefined
  }

  #makeKeys(): { readonly tag: KeyPair; readonly accept: KeyPair } {
    this.#keys ??= {
      tag: keyPairOf(this.#connection, 'wire/v1/tag'),
      accept: keyPairOf(this.#connection, 'wire/v1/accept')
    }
    return this.#keys
  }
}

interface KeyPair {
  readonly send: MacKey
  readonly receive: MacKey
}

function keyPairOf(connection: Pick<Connection, 'exportKey'>, label: string): KeyPair {
  const { send, receive } = connection.exportKey(label)
  return { send: new MacKey(send), receive: new MacKey(receive) }
}

/** All lengths but that of the name are known, and it stands last: no two sets of values give the same bytes. */
function fillWith(name: string, vouched: Vouched): Fill {
  const { sender, receiver, receiverOpen, senderOpen, number, value, pipelineId } = vouched
  return (target, start) => {
    let at = start
    at += sender.copy(target, at)
    at += receiver.copy(target, at)
    at = target.writeUInt32BE(receiverOpen, at)
    at = target.writeUInt32BE(senderOpen, at)
    at = target.writeUInt32BE(number, at)
    at += value.copy(target, at)
    const length = at++
    at += target.write(pipelineId, at)
    target[length] = at - length - 1
    return at + target.write(name, at)
  }
}

function fillWithName(name: string): Fill {
  return (target, start) => start + target.write(name, start)
}

/** A tag in the form that tables use: a character is a byte. */
export function tagText(tag: Buffer): string {
  return tag.toString('latin1')
}

/**
 * What a table finds a tag by: its first half. How long a search takes may tell something of what is searched; so it is
 * believed only when the other half is right too, which {@link isSameTag} looks at without telling. A character stands before it:
 * V8 hashes a text of nothing but digits as a number, for which a peer can choose tags that collide.
 */
export function tagIndex(tag: string): string {
  return `#${tag.slice(0, TAG_BYTES / 2)}`
}

/** The same for tags that we make, not the peer: a number of 32 bits, for which a table takes less memory. */
export function ownTagIndex(tag: string): number {
  let index = 0
  for (let at = 0; at < 4; at++) index = (index << 8) | tag.charCodeAt(at)
  return index
}

/** Whether two tags are equal, in a time that does not depend on where they differ. */
export function isSameTag(one: string, other: string): boolean {
  let difference = 0
  for (let at = 0; at < TAG_BYTES; at++) difference |= one.charCodeAt(at) ^ other.charCodeAt(at)
  return difference === 0
}
