import { randomBytes } from '@noble/hashes/utils.js'
import { INSTANCE_BYTES } from './bounds.js'

/**
 * Which instance of each side talks with which (SPEC, "The course of a connection"). A `Peersockets` that takes the place of one
 * that was stopped is another instance: what was said by or to its predecessor must not be taken for its own.
 */
export class Introduction {
  /** Ours, on this connection. */
  #local = newInstance()
  #remote: Buffer | undefined
  /** Whether the peer has addressed just our instance: only then what it sends is meant for us. */
  #addressed = false

  get local(): Buffer {
    return this.#local
  }

  /** The peer's instance, which was told what we are in. */
  get remote(): Buffer | undefined {
    return this.#remote
  }

  /** Whom we address: ourselves before we have heard of the peer, so that no bytes are the same on every connection. */
  get addressee(): Buffer {
    return this.#remote ?? this.#local
  }

  get addressed(): boolean {
    return this.#addressed
  }

  /** Whether it is the instance that we know. */
  isKnown(instance: Buffer): boolean {
    return this.#remote?.equals(instance) ?? false
  }

  meet(instance: Buffer): void {
    this.#remote = Buffer.from(instance)
  }

  /** The peer's HELLO says whom it is for. */
  address(addressee: Buffer): void {
    this.#addressed ||= addressee.equals(this.#local)
  }

  /** The peer is gone, or another one has taken its place. */
  forget(): void {
    this.#remote = undefined
    this.#addressed = false
  }

  /** We begin anew. */
  renew(): void {
    this.forget()
    this.#local = newInstance()
  }
}

function newInstance(): Buffer {
  return Buffer.from(randomBytes(INSTANCE_BYTES))
}
