import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { MAX_NAME_BYTES, MAX_PIPELINE_ID_BYTES } from './bounds.js'

/** SHA-256's, in bytes. */
const BLOCK_BYTES = 64
/** A name, a pipeline, and the numbers and values of a match beside them. */
const MAX_BYTES = MAX_NAME_BYTES + MAX_PIPELINE_ID_BYTES + 64

/** Puts what is to be authenticated into `target` from `start` on, 1,343 bytes at most, and gives the place behind it. */
export type Fill = (target: Buffer, start: number) => number

const nodeHash = globalThis.process?.getBuiltinModule?.('crypto')?.hash

/** What the two hashes are made of: the padded key, and room behind it. Used again for all, and wiped after each. */
const inner = Buffer.alloc(BLOCK_BYTES + MAX_BYTES)
const outer = Buffer.alloc(BLOCK_BYTES + sha256.outputLen)

/**
 * HMAC-SHA-256 (RFC 2104) under one key. To meet in a topic takes four of them at each end: where there is Node they are made of
 * two calls of its hash, because with `createHmac` joining takes 1.3 times as long, and with noble's, which has to make much
 * garbage, 2 times (`npm run bench -- join`).
 */
export class MacKey {
  readonly #key: Buffer

  /** `key` has 32 bytes. */
  constructor(key: Buffer) {
    this.#key = key
  }

  /** In a topic with a secret, the key is out of reach without it (SPEC, "Tags"). */
  mac(secret: Buffer | undefined, fill: Fill): Buffer {
    if (secret === undefined) return macOf(this.#key, fill)
    const under = keyUnder(secret, this.#key)
    const mac = macOf(under, fill)
    under.fill(0)
    return mac
  }

  wipe(): void {
    this.#key.fill(0)
  }
}

/** A key as it is for those who hold `secret`: without it, it is out of reach, whatever is guessed besides. */
export function keyUnder(secret: Buffer, key: Uint8Array): Buffer {
  return Buffer.from(hmac(sha256, secret, key))
}

function macOf(key: Buffer, fill: Fill): Buffer {
  const end = fill(inner, BLOCK_BYTES)
  if (nodeHash === undefined) return Buffer.from(hmac(sha256, key, inner.subarray(BLOCK_BYTES, end)).buffer)
  for (let at = 0; at < BLOCK_BYTES; at++) {
    const byte = key[at] ?? 0
    inner[at] = byte ^ 0x36
    outer[at] = byte ^ 0x5c
  }
  // As text, a character a byte, which takes less than a Buffer.
  outer.write(nodeHash('sha256', inner.subarray(0, end), 'binary'), BLOCK_BYTES, 'latin1')
  const mac = nodeHash('sha256', outer, 'buffer')
  inner.fill(0, 0, BLOCK_BYTES)
  outer.fill(0)
  return mac
}
