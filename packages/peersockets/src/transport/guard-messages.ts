import { requireFrom, resolveFrom } from './installed.js'

/** Bytes of the longest number that protobuf has. */
const MAX_VARINT_BYTES = 10
const NONCE_BYTES = 24
const DISCOVERY_KEY_BYTES = 32
const HASH_BYTES = 32
const SIGNATURE_BYTES = 64
/** Blocks of a hypercore that one message may be about: hypercore asks for a quarter of it at most. */
const MAX_RANGE = 2 ** 22
/** Blocks of a hypercore. Its trees count twice as far, and never end beyond the whole numbers. */
const MAX_INDEX = 2 ** 48

interface Decode<T> {
  (bytes: Buffer, offset?: number): T
  /** How many bytes the latest call has read. */
  bytes: number
}

interface Encoding<T> {
  decode: Decode<T>
}

interface Range {
  readonly start: number
  readonly length: number
}

/** What is used of the messages of simple-hypercore-protocol@2, as they are decoded. */
interface Messages {
  readonly NoisePayload: Encoding<{ readonly nonce: Buffer }>
  readonly Open: Encoding<{ readonly discoveryKey: Buffer }>
  readonly Have: Encoding<Range & { readonly bitfield: Buffer | null }>
  readonly Unhave: Encoding<Range>
  readonly Request: Encoding<{ readonly index: number }>
  readonly Data: Encoding<{
    readonly index: number
    readonly value: Buffer | null
    readonly nodes: readonly { readonly hash: Buffer }[]
    readonly signature: Buffer | null
  }>
}

const guarded = new Set<string>()

/**
 * Guards the decoders of one copy of simple-hypercore-protocol, named by the path of its `lib/handshake.js`, which is loaded
 * already. They take numbers without an end, which keeps them busy for ever, and pass on what their readers throw at. Where
 * a decoder throws instead, hypercore-protocol ends the connection.
 */
export function guardMessages(file: string): void {
  if (guarded.has(file)) return
  guarded.add(file)
  const encodings = resolveFrom(file, 'protocol-buffers-encodings')
  const messages = resolveFrom(file, '../messages.js')
  const require = requireFrom(file)
  if (encodings === undefined || messages === undefined || require === undefined) return
  // The one is what its users see, the other what it uses itself.
  const { varint }: { varint: Encoding<number> } = require(encodings)
  const own: Encoding<number> | undefined = requireFrom(encodings)?.('varint')
  for (const numbers of [varint, own]) if (numbers !== undefined) numbers.decode = readNumber
  guardAll(require(messages))
}

function guardAll({ NoisePayload, Open, Have, Unhave, Request, Data }: Messages): void {
  guard(NoisePayload, ({ nonce }) => nonce.length === NONCE_BYTES)
  guard(Open, ({ discoveryKey }) => discoveryKey.length === DISCOVERY_KEY_BYTES)
  guard(Have, range =>
    range.bitfield === null
      ? isRange(range)
      : range.start <= MAX_INDEX && range.start % 8 === 0 && isBitfield(range.bitfield)
  )
  guard(Unhave, isRange)
  guard(Request, ({ index }) => index <= MAX_INDEX)
  guard(
    Data,
    ({ index, value, nodes, signature }) =>
      index <= MAX_INDEX &&
      (value !== null || nodes.length > 0) &&
      nodes.every(({ hash }) => hash.length === HASH_BYTES) &&
      (signature === null || signature.length === SIGNATURE_BYTES)
  )
}

function guard<T>(encoding: Encoding<T>, isSound: (message: T) => boolean): void {
  const { decode } = encoding
  encoding.decode = Object.assign(
    (bytes: Buffer, offset?: number): T => {
      const message = decode(bytes, offset)
      if (isSound(message)) return message
      throw new Error('The peer sent a message of hypercore-protocol that makes no sense.')
    },
    { bytes: 0 }
  )
}

function isRange({ start, length }: Range): boolean {
  return start <= MAX_INDEX && length <= MAX_RANGE
}

/** In place of varint@5.0.0, which makes NaN of a number that goes on for too long: as an offset, that starts again from 0. */
const readNumber: Decode<number> = Object.assign(
  (bytes: Uint8Array, offset = 0): number => {
    let value = 0
    let factor = 1
    for (let length = 1; length <= MAX_VARINT_BYTES; length++) {
      const byte = bytes[offset + length - 1]
      if (byte === undefined) break
      value += (byte & 0x7f) * factor
      if (byte < 0x80) {
        readNumber.bytes = length
        return value
      }
      factor *= 0x80
    }
    readNumber.bytes = 0
    throw new RangeError('The peer sent a number that is cut off, or longer than any can be.')
  },
  { bytes: 0 }
)

/** Whether bitfield-rle@2 can read it, and has no more to write than a range may have. */
function isBitfield(bytes: Buffer): boolean {
  let length = 0
  let at = 0
  while (at < bytes.length) {
    let head: number
    try {
      head = readNumber(bytes, at)
    } catch {
      return false
    }
    at += readNumber.bytes
    const isRun = head % 2 === 1
    const count = isRun ? Math.floor(head / 4) : head / 2
    length += count
    if (!isRun) at += count
    if (8 * length > MAX_RANGE) return false
  }
  return at === bytes.length
}
