import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/**
 * SHA-256 (FIPS 180-4), HMAC-SHA256 (RFC 2104) and HKDF-SHA256 (RFC 5869): all the cryptography of this package. Another
 * runtime needs another version of this file and of no other.
 *
 * `createHmac` with a Buffer, because nothing in Node 20 is better over the sizes that topics carry (measured from 32
 * bytes to 64 KiB). A key object saves nothing and cannot be wiped. Two one-shot hashes over padded blocks are a tenth
 * faster at 32 bytes, and slower from 1 KiB on. Copies of a prepared hash state are slower for small frames, and a hash in
 * JavaScript takes twice as long at 256 bytes and almost four times as long at 1 KiB.
 */

const HASH_BYTES = 32
const MAX_OKM_BYTES = 255 * HASH_BYTES

/** The SHA-256 hash of `parts`, one after the other: 32 bytes. */
export function sha256(...parts: readonly (Uint8Array | string)[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** The whole tag of `data` under `key`: 32 bytes. */
export function hmacSha256(key: Uint8Array, data: Uint8Array): Buffer {
  return createHmac('sha256', key).update(data).digest()
}

/** The same, into `target` at `offset`, at most as many bytes as there is room for. */
export function writeHmacSha256(key: Uint8Array, data: Uint8Array, target: Buffer, offset: number): void {
  // As a string with a character for each byte: a Buffer for the digest costs more than half as much as the rest.
  target.write(createHmac('sha256', key).update(data).digest('binary'), offset, 'latin1')
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
