import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { COUNTER_BYTES, FrameCounter } from '@peersockets/keys'
import { PeersocketsError } from 'peersockets'
import type { Layer, Middleware, Session } from 'peersockets/plugin'
import {
  contextOf,
  type EncryptOptions,
  expand,
  extract,
  readOptions,
  type Secrets,
  VERSION
} from './keys.js'

export type { EncryptOptions }

/**
 * AES-256-GCM (NIST SP 800-38D). Measured at 64 KiB, it takes a tenth of the time of ChaCha20-Poly1305 in
 * JavaScript, and at 100 bytes half of it. ChaCha20-Poly1305 of `node:crypto` is as fast, but was missing in Electron, where
 * many apps of this stack run.
 */
const ALGORITHM = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * Before the ciphertext: the salt of the sender's key, and the counter. The last twelve bytes of it are the nonce.
 *
 * A nonce must never meet the same key twice. The counter takes care of that as long as the session keeps it, and as long as
 * the exported key is no other session's. The salt, new for every layer, depends on neither: a network may be faulty.
 */
const SALT_BYTES = 16
const HEADER_BYTES = SALT_BYTES + COUNTER_BYTES

/**
 * Encrypts the frames of a topic with a key that its members share, so that a peer in the topic without it can neither read
 * nor forge. Nobody can change a frame, move it to another topic, send it back, send it again or carry it to another
 * connection unnoticed. Put it behind what compresses.
 *
 * @example
 * ```ts
 * import { defineTopic } from 'peersockets'
 * import { encrypt } from '@peersockets/mw-encrypt'
 *
 * const board = (key: Buffer) => defineTopic({ name: 'board', middleware: [encrypt({ key })] })
 * ```
 *
 * Throws `ERR_INVALID_ARGUMENT`. Where the network has no handshake, opening the topic fails with `ERR_NO_KEY_EXPORT`.
 */
export function encrypt(options: EncryptOptions): Middleware {
  const secrets = readOptions(options)
  return {
    name: 'encrypt',
    contract: 2,
    open: session => new EncryptedSession(session, secrets)
  }
}

/** Encrypts and decrypts the frames of one session. */
class EncryptedSession implements Layer {
  readonly #extend: Session['extend']
  readonly #counter: FrameCounter
  readonly #sendSalt: Buffer
  readonly #sendKey: Buffer
  /** Of each key to receive with: what the peer's keys for every salt are derived from. */
  readonly #receiveSecrets: readonly Buffer[]
  readonly #receiveContext: Buffer
  /** With what the last frame was opened. The peer goes on with it until it opens the topic anew. */
  #receiving: { readonly salt: Buffer; readonly key: Buffer } | undefined
  #closed = false

  /** Throws `ERR_NO_KEY_EXPORT`. */
  constructor(session: Session, secrets: Secrets) {
    const { localPublicKey: local, remotePublicKey: remote, topic } = session
    const exported = session.exportKey(VERSION)
    const sendSecret = extract(secrets[0], exported.send)
    this.#extend = session.extend
    this.#counter = new FrameCounter(session.counters)
    this.#sendSalt = randomBytes(SALT_BYTES)
    this.#sendKey = expand(sendSecret, contextOf(local, remote, topic), this.#sendSalt)
    this.#receiveSecrets = secrets.map(secret => extract(secret, exported.receive))
    this.#receiveContext = contextOf(remote, local, topic)
    for (const secret of [sendSecret, exported.send, exported.receive]) secret.fill(0)
  }

  send(body: Buffer): Buffer {
    this.#assertOpen()
    const tagAt = HEADER_BYTES + body.length
    const frame = this.#extend(body, HEADER_BYTES, TAG_BYTES)
    frame.set(this.#sendSalt)
    frame.writeUIntBE(this.#counter.next(), SALT_BYTES, COUNTER_BYTES)
    const cipher = createCipheriv(ALGORITHM, this.#sendKey, nonceOf(frame))
    frame.set(cipher.update(body), HEADER_BYTES)
    cipher.final()
    frame.set(cipher.getAuthTag(), tagAt)
    return frame
  }

  receive(frame: Buffer): Buffer {
    this.#assertOpen()
    if (frame.length < HEADER_BYTES + TAG_BYTES) {
      throw new PeersocketsError(
        'ERR_MALFORMED_FRAME',
        `A frame of ${frame.length} bytes is too short to be encrypted, and was dropped. ` +
          'It was cut on the way, or the peer has no encrypt() on the topic.'
      )
    }
    const body = this.#open(frame)
    if (body === undefined) {
      throw new PeersocketsError(
        'ERR_BAD_SIGNATURE',
        'A frame was dropped because none of our keys opens it. It was changed on the way, or encrypted for another ' +
          'topic or connection, or the peer has another key or no encrypt() on the topic.'
      )
    }
    this.#counter.accept(frame.readUIntBE(SALT_BYTES, COUNTER_BYTES))
    return body
  }

  close(): void {
    this.#closed = true
    for (const secret of [this.#sendKey, ...this.#receiveSecrets]) secret.fill(0)
    this.#receiving?.key.fill(0)
  }

  /** The body of a frame, or undefined if no key is right. */
  #open(frame: Buffer): Buffer | undefined {
    const salt = frame.subarray(0, SALT_BYTES)
    if (this.#receiving?.salt.equals(salt)) return decrypt(this.#receiving.key, frame)
    for (const secret of this.#receiveSecrets) {
      const key = expand(secret, this.#receiveContext, salt)
      const body = decrypt(key, frame)
      if (body === undefined) {
        key.fill(0)
        continue
      }
      this.#receiving?.key.fill(0)
      this.#receiving = { salt: Buffer.from(salt), key }
      return body
    }
    return undefined
  }

  /** The keys of a closed layer are zeros, with which anybody could read and write. */
  #assertOpen(): void {
    if (this.#closed)
      throw new PeersocketsError('ERR_CLOSED', 'The topic has been left, or the connection is gone.')
  }
}

function nonceOf(frame: Buffer): Buffer {
  return frame.subarray(HEADER_BYTES - NONCE_BYTES, HEADER_BYTES)
}

function decrypt(key: Buffer, frame: Buffer): Buffer | undefined {
  const tagAt = frame.length - TAG_BYTES
  const decipher = createDecipheriv(ALGORITHM, key, nonceOf(frame), { authTagLength: TAG_BYTES })
  decipher.setAuthTag(frame.subarray(tagAt))
  const body = decipher.update(frame.subarray(HEADER_BYTES, tagAt))
  try {
    decipher.final()
  } catch {
    return undefined
  }
  return body
}
