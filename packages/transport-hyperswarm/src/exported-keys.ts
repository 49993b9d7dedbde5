import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { type ExportedKey, PeersocketsError } from 'peersockets'
import type { SecretStream } from './secret-stream.js'

const CONTEXT = 'peersockets/export-key/secret-stream/v1\n'
const KEY_BYTES = 32

/**
 * 32 bytes each way (SPEC, "Exported keys"). The handshake hash alone would not do: all that goes into it can be seen on
 * the path. The keys that encrypt each direction are known to the two ends only, and differ. Throws `ERR_NO_KEY_EXPORT`.
 */
export function exportKey(stream: SecretStream, label: string): ExportedKey {
  const { _encrypt: encrypt, _decrypt: decrypt, handshakeHash } = stream
  if (!isKey(encrypt?.key) || !isKey(decrypt?.key) || handshakeHash === null) {
    throw new PeersocketsError(
      'ERR_NO_KEY_EXPORT',
      'This connection does not show the keys of its handshake, so there is no secret to derive keys from. ' +
        'It takes a secret stream of @hyperswarm/secret-stream 6 whose handshake is over.'
    )
  }
  return {
    send: derive(encrypt.key, handshakeHash, label),
    receive: derive(decrypt.key, handshakeHash, label)
  }
}

function derive(key: Uint8Array, handshakeHash: Uint8Array, label: string): Buffer {
  return Buffer.from(hkdf(sha256, key, handshakeHash, Buffer.from(CONTEXT + label), KEY_BYTES))
}

function isKey(key: unknown): key is Uint8Array {
  return key instanceof Uint8Array && key.length === KEY_BYTES
}
