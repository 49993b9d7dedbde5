import { type ErrorCode, type Layer, PeersocketsError, type Session } from 'peersockets'
import { COUNTER_BYTES, MAX_TAG_BYTES } from './frame.js'
import { equalTags, SigningKey } from './hmac-sha256.js'
import { deriveKeys, type Salts } from './keys.js'
import { lastOf, type Mark, markOf, nextCounter, type Sequence, sequenceOf } from './sequence.js'

/** The tag that the frame at hand should have; one Buffer for each length that a tag can have. */
const expected = Array.from({ length: MAX_TAG_BYTES + 1 }, (_, length) => Buffer.alloc(length))

/** Signs and checks the frames of one topic on one connection. */
export class Signer implements Layer {
  readonly #topic: string
  readonly #extend: Session['extend']
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
    this.#extend = session.extend
    this.#tagBytes = tagBytes
  }

  send(body: Buffer): Buffer {
    this.#assertOpen()
    const sequence = this.#sequence
    if (sequence.signer !== this.#marks) this.#assertNotSigned(body)
    const counter = nextCounter(sequence)
    const bodyEnd = COUNTER_BYTES + body.length
    const frame = this.#extend(body, COUNTER_BYTES, this.#tagBytes)
    frame.writeUIntBE(counter, 0, COUNTER_BYTES)
    sequence.tag = this.#sendKey.tag(frame.subarray(0, bodyEnd))
    frame.write(sequence.tag, bodyEnd, this.#tagBytes, 'latin1')
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
    const counter = frame.readUIntBE(0, COUNTER_BYTES)
    const key = this.#match(frame.subarray(0, tagAt), frame.subarray(tagAt))
    if (key === undefined) {
      throw this.#error(
        'ERR_BAD_SIGNATURE',
        'A frame was dropped because its signature is wrong. It was changed on the way, or signed for another topic ' +
          'or connection, or the peer has another key, another tagBytes or no hmac() on the topic.'
      )
    }
    // Not before the tag is known to be right: what anybody could have written there must not count.
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
    if (this.#closed) throw this.#error('ERR_CLOSED', 'The topic has been left, or the connection is gone.')
  }

  /**
   * Two signers with a key in common share its mark: the outer one would accept a frame's higher number, and the inner
   * one take the lower for a replay. With different keys they may stand in one pipeline.
   */
  #assertNotSigned(body: Buffer): void {
    const { signer, tag } = this.#sequence
    if (!signer.some(mark => this.#marks.includes(mark))) return
    if (body.toString('latin1', body.length - this.#tagBytes) !== tag.slice(0, this.#tagBytes)) return
    throw this.#error(
      'ERR_INVALID_ARGUMENT',
      'Two hmac() with the same key stand in the middleware of the topic. One is enough: remove the other.'
    )
  }

  #error(code: ErrorCode, message: string): PeersocketsError {
    return new PeersocketsError(code, message, { topic: this.#topic })
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
