import type { PlainMessage } from './known-plaintext.js'

/** Where a frame of wire v0 or v1 stands in a message. Only those whose own numbers have one byte each are taken apart. */
export interface PlainFrame {
  readonly message: PlainMessage
  readonly wire: 'v0' | 'v1'
  /** The kind of a frame of wire v1; on wire v0 there is only data. */
  readonly kind: number
  /** What the sender calls the topic; of ACCEPT, what the receiver does. */
  readonly id: number
  /** Where its length stands, then its number, then its body, and where it ends. */
  readonly lengthAt: number
  readonly idAt: number
  readonly bodyAt: number
  readonly end: number
}

/** Kinds of frame on wire v1 (SPEC, "Frames"). */
export const KIND = {
  hello: 0,
  open: 1,
  accept: 2,
  synced: 3,
  data: 4,
  close: 5,
  ping: 6,
  unknown: 7
} as const

/** The header of an extension message on channel 0. */
export const EXTENSION = 15
/** The header of an announcement of extensions on channel 0. */
export const ANNOUNCEMENT = 1

const V0 = 'peersockets/v0/'
const V1 = 'peersockets/v1'

/** Where the header of a message stands: behind its length, of one byte or two. Undefined for a keep-alive. */
export function headerAt({ bytes }: PlainMessage): number | undefined {
  return [1, 2].find(at => bytes.length > at && varintOf(bytes.subarray(0, at)) === bytes.length - at)
}

/** The frames of a message. */
export function framesOf(message: PlainMessage): PlainFrame[] {
  const { bytes, lane } = message
  const typeAt = headerAt(message)
  if (typeAt === undefined || bytes.length < typeAt + 2 || bytes.readUInt8(typeAt) !== EXTENSION) return []
  const extensionAt = typeAt + 1
  const id = bytes.readUInt8(extensionAt)
  const name = lane.names()[id]
  const start = extensionAt + 1
  if (name?.startsWith(V0)) {
    return [
      {
        message,
        wire: 'v0',
        kind: KIND.data,
        id,
        lengthAt: 0,
        idAt: extensionAt,
        bodyAt: start,
        end: bytes.length
      }
    ]
  }
  if (name !== V1) return []
  const frames: PlainFrame[] = []
  for (let at = start; at < bytes.length; ) {
    const end = at + 1 + bytes.readUInt8(at)
    if (end > bytes.length || end - at < 2) break
    const header = bytes.readUInt8(at + 1)
    if (header >= 0x80) break
    const place = { lengthAt: at, idAt: at + 1, bodyAt: at + 2, end }
    frames.push({ message, wire: 'v1', kind: header & 7, id: header >> 3, ...place })
    at = end
  }
  return frames
}

function varintOf(bytes: Buffer): number {
  return bytes.reduce((sum, byte, at) => sum + (byte & 0x7f) * 128 ** at, 0)
}

/** What else the sender calls a topic, on the same wire. */
export function otherIds({ message: { lane }, wire, id }: PlainFrame, topics: number): number[] {
  const all =
    wire === 'v0'
      ? lane.names().flatMap((name, at) => (name.startsWith(V0) ? [at] : []))
      : Array.from({ length: topics }, (_, at) => at + 1)
  return all.filter(other => other !== id)
}
