import { refuse } from '../errors.js'

/** What nobody can guess, however many guesses a peer tries. */
const MIN_SECRET_BYTES = 16

/** A copy of the secret of a topic. Throws `ERR_INVALID_ARGUMENT`. */
export function secretOf(secret: unknown): Buffer {
  if (typeof secret === 'string') {
    refuse(
      'defineTopic takes as `secret` bytes, because a text is guessed too easily. Make bytes of it, slowly, with scryptSync ' +
        "of node:crypto: `secret: scryptSync(passphrase, 'app name', 32)`."
    )
  }
  if (!(secret instanceof Uint8Array))
    refuse('defineTopic takes as `secret` bytes, such as `randomBytes(32)` of node:crypto.')
  if (secret.length < MIN_SECRET_BYTES) {
    refuse(
      `The \`secret\` of a topic has ${MIN_SECRET_BYTES} bytes or more, which nobody can guess; this one has ${secret.length}. ` +
        'Take `randomBytes(32)` of node:crypto, or leave it out.'
    )
  }
  return Buffer.from(secret)
}
