import { createHash, createHmac, hash, timingSafeEqual } from 'node:crypto'

/**
 * SHA-256 (FIPS 180-4), HMAC-SHA256 (RFC 2104) and HKDF-SHA256 (RFC 5869): all the cryptography of this package. Another
 * runtime needs another version of this file and of no other.
 */

const HASH_BYTES = 32
const BLOCK_BYTES = 64
const MAX_OKM_BYTES = 255 * HASH_BYTES

/** Up to here, to copy what is signed behind the key and hash all in one call costs less than a hash of several parts. */
const ONE_CALL_BYTES = 4096

/** A padded key and what is signed with it, for the length of one call. */
const scratch = Buffer.alloc(BLOCK_BYTES + ONE_CALL_BYTES)

/** The SHA-256 hash of `parts`, one after the other: 32 bytes. */
export function sha256(...parts: readonly (Uint8Array | string)[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/**
 * A key to sign many frames with, of at most 64 bytes; it is copied. Two calls of `hash` take half the time of `createHmac`
 * for small frames, and never more: that prepares the key anew each time, and makes an object for each of its steps.
 */
export class SigningKey {
  /** The key, padded for the inner hash. */
  readonly #inner: Buffer
  /** The key, padded for the outer hash, and behind it the inner one. */
  readonly #outer: Buffer

  constructor(key: Uint8Array) {
    if (key.length > BLOCK_BYTES) throw new RangeError(`A signing key has at most ${BLOCK_BYTES} bytes`)
    const memory = Buffer.alloc(2 * BLOCK_BYTES + HASH_BYTES)
    this.#inner = memory.subarray(0, BLOCK_BYTES).fill(0x36)
    this.#outer = memory.subarray(BLOCK_BYTES)
    this.#outer.fill(0x5c, 0, BLOCK_BYTES)
    for (const [at, byte] of key.entries()) {
      this.#inner.writeUInt8(byte ^ 0x36, at)
      this.#outer.writeUInt8(byte ^ 0x5c, at)
    }
  }

  /**
   * The tag of `data`: 32 characters, one for each byte, because a Buffer for each hash costs more than half as much as the
   * rest.
   */
  tag(data: Uint8Array): string {
    this.#outer.write(this.#innerHash(data), BLOCK_BYTES, 'latin1')
    return hash('sha256', this.#outer, 'binary')
  }

  /** It signs no more. */
  wipe(): void {
    this.#inner.fill(0)
    this.#outer.fill(0)
    scratch.fill(0, 0, BLOCK_BYTES)
  }

  #innerHash(data: Uint8Array): string {
    const end = BLOCK_BYTES + data.length
    if (end > scratch.length) return createHash('sha256').update(this.#inner).update(data).digest('binary')
    scratch.set(this.#inner)
    scratch.set(data, BLOCK_BYTES)
    return hash('sha256', scratch.subarray(0, end), 'binary')
  }
}

/** The tag of `data` under `key`: 32 bytes. */
export function hmacSha256(key: Uint8Array, data: Uint8Array): Buffer {
  return createHmac('sha256', key).update(data).digest()
}

/**
 * `length` bytes of key material; the caller wipes them. Written out instead of `hkdfSync`, which copies its input into
 * key objects that cannot be wiped, and takes at most 1024 bytes of `info`, where a topic's name may be longer.
 */
export function hkdfSha256(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Buffer {
  if (length > MAX_OKM_BYTES) throw new RangeError(`HKDF-SHA256 gives at most ${MAX_OKM_BYTES} bytes`)
  const okm = Buffer.alloc(length)
  const prk = hmacSha256(salt, ikm)
  let block: Buffer = Buffer.alloc(0)
  for (let at = 0; at < length; at += HASH_BYTES) {
    const input = Buffer.concat([block, info, Buffer.of(at / HASH_BYTES + 1)])
    block.fill(0)
    block = hmacSha256(prk, input)
    input.fill(0)
    block.copy(okm, at)
  }
  block.fill(0)
  prk.fill(0)
  return okm
}

/** Whether two tags of the same length are equal, in a time that does not depend on where they differ. */
export function equalTags(left: Uint8Array, right: Uint8Array): boolean {
  return timingSafeEqual(left, right)
}
