import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'

const CONTEXT = 'peersockets/discovery/1\n'

/** What peers of a topic look each other up by: HMAC-SHA256 under its secret, or under none, 32 bytes (SPEC, "Discovery keys"). */
export function discoveryKeyOf(name: string, secret: Buffer | undefined): Buffer {
  return Buffer.from(hmac(sha256, secret ?? Buffer.alloc(0), Buffer.from(CONTEXT + name)))
}
