import { type ErrorCode, type Layer, PeersocketsError, type Session } from 'peersockets'
import { COUNTER_BYTES, MAX_TAG_BYTES, unsignedFrame } from './frame.js'
import { equalTags, SigningKey } from './hmac-sha256.js'
import { deriveKeys, type Salts } from './keys.js'
import { lastOf, type Mark, markOf, nextCounter, type Sequence, sequenceOf } from './sequence.js'

/** The tag that a received frame should have, for as long as it is compared. */
const expected = Buffer.alloc(MAX_TAG_BYTES)

/** Signs and checks the frames of one topic on one connection. */
export class Signer implements Layer {
  readonly #topic: string
  readonly #allocate: Session['allocate']
  readonly #tagBytes: number
  readonly #sequence: Sequence
  readonly #sendKey: SigningKey
  readonly #receiveKeys: readonly SigningKey[]
  /** One for each key to receive with. */
  readonly #marks: readonly Mark[]
  /** The key that matched last. The peer goes on signing with it, so that the others are hardly ever tried. */
  #likely: SigningKey | undefined
  #closed = false

  /** Signs with the first of `salts` and accepts all of them. Throws `ERR_NO_KEY_EXPORT`. */
  constructor(session: Session, salts: Salts, tagBytes: number) {
    const { send, receive } = deriveKeys(session, salts, tagBytes)
    const sequence = sequenceOf(session)
    this.#sendKey = signingKey(send)
    this.#receiveKeys = receive.map(({ bytes }) => signingKey(bytes))
    this.#marks = receive.map(({ id }) => markOf(sequence, id))
    this.#sequence = sequence
    this.#topic = session.topic
    this.#allocate = session.allocate
    this.#tagBytes = tagBytes
  }

  send(body: Buffer): Buffer {
    this.#assertOpen()
    const sequence = this.#sequence
    if (sequence.signer !== this.#marks) this.#assertNotSigned(body)
    const frame = unsignedFrame(this.#allocate, nextCounter(sequence), body, this.#tagBytes)
    const tagAt = frame.length - this.#tagBytes
    this.#sendKey.sign(frame.subarray(0, tagAt), sequence.tag)
    sequence.tag.copy(frame, tagAt, 0, this.#tagBytes)
    sequence.signer = this.#marks
    return frame
  }

  receive(frame: Buffer): Buffer {
    this.#assertOpen()
    const tagAt = frame.length - this.#tagBytes
    if (tagAt < COUNTER_BYTES) {
      throw this.#error(
        'ERR_MALFORMED_FRAME',
        `A frame of ${frame.length} bytes is too short to be signed, and was dropped. ` +
          'It was cut on the way, or the peer has no hmac() on the topic.'
      )
    }
    const signed = frame.subarray(0, tagAt)
    const key = this.#match(signed, frame.subarray(tagAt))
    if (key === undefined) {
      throw this.#error(
        'ERR_BAD_SIGNATURE',
        'A frame was dropped because its signature is wrong. It was changed on the way, or signed for another topic ' +
          'or connection, or the peer has another key, another tagBytes or no hmac() on the topic.'
      )
    }
    // Not before the tag is known to be right: what anybody could have written here must not count.
    const counter = frame.readUIntBE(0, COUNTER_BYTES)
    const last = lastOf(this.#marks)
    if (counter <= last) {
      throw this.#error(
        'ERR_REPLAYED',
        `A frame was dropped because it was signed as number ${counter}, and number ${last} has been here already. ` +
          'Somebody on the way sent it again or held it back.'
      )
    }
    this.#likely = key
    for (const mark of this.#marks) mark.counter = counter
    return signed.subarray(COUNTER_BYTES)
  }

  close(): void {
    this.#closed = true
    this.#sendKey.wipe()
    for (const key of this.#receiveKeys) key.wipe()
  }

  #match(signed: Buffer, tag: Buffer): SigningKey | undefined {
    const likely = this.#likely
    if (likely !== undefined && this.#verifies(likely, signed, tag)) return likely
    return this.#receiveKeys.find(key => key !== likely && this.#verifies(key, signed, tag))
  }

  #verifies(key: SigningKey, signed: Buffer, tag: Buffer): boolean {
    key.sign(signed, expected)
    return equalTags(expected.subarray(0, this.#tagBytes), tag)
  }

  /** The keys of a closed signer are zeros, which anybody could sign with. */
  #assertOpen(): void {
    if (this.#closed) throw this.#error('ERR_CLOSED', 'The topic has been left, or the connection is gone.')
  }

  /**
   * Two signers with a key in common share its mark: the outer one would accept a frame's higher number, and the inner
   * one take the lower for a replay. With different keys they may stand in one pipeline.
   */
  #assertNotSigned(body: Buffer): void {
    const { signer, tag } = this.#sequence
    if (!signer.some(mark => this.#marks.includes(mark))) return
    const signed = tag.subarray(0, this.#tagBytes).equals(body.subarray(-this.#tagBytes))
    if (!signed) return
    throw this.#error(
      'ERR_INVALID_ARGUMENT',
      'Two hmac() with the same key stand in the middleware of the topic. One is enough: remove the other.'
    )
  }

  #error(code: ErrorCode, message: string): PeersocketsError {
    return new PeersocketsError(code, message, { topic: this.#topic })
  }
}

/** `bytes` as a key to sign with; they themselves are not needed any more. */
function signingKey(bytes: Buffer): SigningKey {
  const key = new SigningKey(bytes)
  bytes.fill(0)
  return key
}
