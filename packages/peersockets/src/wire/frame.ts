import { MAX_VARINT, VarintReader, varintLength, writeVarint } from '../varint.js'
import { INSTANCE_BYTES, MAX_DESCRIPTOR_BYTES, TAG_BYTES } from './bounds.js'

/** The kinds of frame on wire v1, in the low three bits of a frame's number (SPEC, "Frames"). */
export const KIND = { hello: 0, open: 1, accept: 2, synced: 3, data: 4, close: 5 } as const

/** The largest id of a topic: what is left of the largest number beside the kind. */
export const MAX_TOPIC_ID = MAX_VARINT >>> 3

/** A frame as it was read. */
export type Frame =
  | { readonly kind: 'hello'; readonly instance: Buffer; readonly maxTopics: number }
  | { readonly kind: 'open'; readonly id: number; readonly tag: Buffer }
  | { readonly kind: 'accept'; readonly id: number; readonly descriptor: string }
  | { readonly kind: 'synced' }
  | { readonly kind: 'data'; readonly id: number; readonly body: Buffer }
  | { readonly kind: 'close'; readonly id: number }
  | { readonly kind: 'unknown' }

/** The number that a frame starts with. */
export function headerOf(id: number, kind: number): number {
  return id * 8 + kind
}

export function helloBody(instance: Buffer, maxTopics: number): Buffer {
  const body = Buffer.alloc(INSTANCE_BYTES + varintLength(maxTopics))
  instance.copy(body)
  writeVarint(body, maxTopics, INSTANCE_BYTES)
  return body
}

/** Undefined for bytes that are no frame. A kind that is not known yet is `unknown`, to be passed over. */
export function readFrame(bytes: Buffer): Frame | undefined {
  const reader = new VarintReader(bytes)
  const header = reader.read()
  if (header === undefined) return undefined
  const id = header >>> 3
  switch (header & 7) {
    case KIND.hello: {
      const instance = reader.take(INSTANCE_BYTES)
      const maxTopics = reader.read()
      if (id !== 0 || instance === undefined || maxTopics === undefined) return undefined
      // What may follow belongs to later versions.
      return { kind: 'hello', instance, maxTopics }
    }
    case KIND.open: {
      const tag = reader.rest()
      return tag.length === TAG_BYTES ? { kind: 'open', id, tag } : undefined
    }
    case KIND.accept: {
      const descriptor = textOf(reader.rest())
      return descriptor === undefined ? undefined : { kind: 'accept', id, descriptor }
    }
    case KIND.synced:
      return id === 0 && reader.done ? { kind: 'synced' } : undefined
    case KIND.data:
      return { kind: 'data', id, body: reader.rest() }
    case KIND.close:
      return reader.done ? { kind: 'close', id } : undefined
    default:
      return { kind: 'unknown' }
  }
}

function textOf(bytes: Buffer): string | undefined {
  if (bytes.length > MAX_DESCRIPTOR_BYTES) return undefined
  // Bytes that are no UTF-8 do not come back as they were. Not by a TextDecoder: on Bare, it takes them.
  const text = bytes.toString()
  return Buffer.from(text).equals(bytes) ? text : undefined
}
