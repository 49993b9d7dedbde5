import { COUNTER_BYTES, FrameCounter } from '@peersockets/keys'
import { PeersocketsError } from 'peersockets'
import type { Layer, Session } from 'peersockets/plugin'
import { MAX_TAG_BYTES } from './frame.js'
import { equalTags, SigningKey } from './hmac-sha256.js'
import { deriveKeys, type Salts } from './keys.js'

/** The tag that the frame at hand should have; one Buffer for each length that a tag can have. */
const expected = Array.from({ length: MAX_TAG_BYTES + 1 }, (_, length) => Buffer.alloc(length))

/** Signs and checks the frames of one session. */
export class Signer implements Layer {
  readonly #extend: Session['extend']
  readonly #tagBytes: number
  readonly #counter: FrameCounter
  readonly #sendKey: SigningKey
  readonly #receiveKeys: readonly SigningKey[]
  /** The key that matched last. The peer goes on signing with it, so that the others are hardly ever tried. */
  #likely: SigningKey | undefined
  #closed = false

  /** Signs with the first of `salts` and accepts all of them. Throws `ERR_NO_KEY_EXPORT`. */
  constructor(session: Session, salts: Salts, tagBytes: number) {
    const { send, receive } = deriveKeys(session, salts, tagBytes)
    this.#sendKey = signingKey(send)
    this.#receiveKeys = receive.map(signingKey)
    this.#counter = new FrameCounter(session.counters)
    this.#extend = session.extend
    this.#tagBytes = tagBytes
  }

  send(body: Buffer): Buffer {
    this.#assertOpen()
    const counter = this.#counter.next()
    const bodyEnd = COUNTER_BYTES + body.length
    const frame = this.#extend(body, COUNTER_BYTES, this.#tagBytes)
    frame.writeUIntBE(counter, 0, COUNTER_BYTES)
    frame.write(this.#sendKey.tag(frame.subarray(0, bodyEnd)), bodyEnd, this.#tagBytes, 'latin1')
    return frame
  }

  receive(frame: Buffer): Buffer {
    this.#assertOpen()
    const tagAt = frame.length - this.#tagBytes
    if (tagAt < COUNTER_BYTES) {
      throw new PeersocketsError(
        'ERR_MALFORMED_FRAME',
        `A frame of ${frame.length} bytes is too short to be signed, and was dropped. ` +
          'It was cut on the way, or the peer has no hmac() on the topic.'
      )
    }
    const key = this.#match(frame.subarray(0, tagAt), frame.subarray(tagAt))
    if (key === undefined) {
      throw new PeersocketsError(
        'ERR_BAD_SIGNATURE',
        'A frame was dropped because its signature is wrong. It was changed on the way, or signed for another topic ' +
          'or connection, or the peer has another key, another tagBytes or no hmac() on the topic.'
      )
    }
    this.#counter.accept(frame.readUIntBE(0, COUNTER_BYTES))
    this.#likely = key
    return frame.subarray(COUNTER_BYTES, tagAt)
  }

  close(): void {
    this.#closed = true
    this.#sendKey.wipe()
    for (const key of this.#receiveKeys) key.wipe()
  }

  #match(signed: Buffer, tag: Buffer): SigningKey | undefined {
    const likely = this.#likely
    if (likely !== undefined && verifies(likely, signed, tag)) return likely
    return this.#receiveKeys.find(key => key !== likely && verifies(key, signed, tag))
  }

  /** The keys of a closed signer are zeros, which anybody could sign with. */
  #assertOpen(): void {
    if (this.#closed)
      throw new PeersocketsError('ERR_CLOSED', 'The topic has been left, or the connection is gone.')
  }
}

/** Whether `tag` is that of `signed`. */
function verifies(key: SigningKey, signed: Buffer, tag: Buffer): boolean {
  const right = expected[tag.length]
  if (right === undefined) return false
  right.write(key.tag(signed), 'latin1')
  return equalTags(right, tag)
}

/** `bytes` as a key to sign with; they themselves are not needed any more. */
function signingKey(bytes: Buffer): SigningKey {
  const key = new SigningKey(bytes)
  bytes.fill(0)
  return key
}
