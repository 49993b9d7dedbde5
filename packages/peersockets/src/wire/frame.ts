import { MAX_VARINT, VarintReader, varintLength, writeVarint } from '../varint.js'
import { CHECK_BYTES, INSTANCE_BYTES, MAX_PIPELINE_ID_BYTES, TAG_BYTES, VALUE_BYTES } from './bounds.js'

/** The kinds of frame on wire v1, in the low three bits of a frame's header (SPEC, "Frames"). */
export const KIND = { hello: 0, open: 1, accept: 2, synced: 3, data: 4, close: 5, ping: 6 } as const

/** The ids of a frame of the kind `ping`: a question, and its answer. */
export const PING_ID = 0
export const PONG_ID = 1

/** The largest number of a topic: what is left of the largest varint beside the kind. */
export const MAX_TOPIC_NUMBER = MAX_VARINT >>> 3

/** What an ACCEPT carries. */
export interface Acceptance {
  /** How far the number under which its sender will send DATA is above that of the sender's own OPEN. */
  readonly distance: number
  readonly value: Buffer
  readonly check: Buffer
  readonly pipelineId: string
}

/** A frame as it was read. */
export type Frame =
  | {
      readonly kind: 'hello'
      readonly instance: Buffer
      readonly addressee: Buffer
      readonly maxTopics: number
    }
  | { readonly kind: 'open'; readonly number: number; readonly tag: Buffer }
  | { readonly kind: 'accept'; readonly number: number; readonly acceptance: Acceptance }
  | { readonly kind: 'synced' }
  | { readonly kind: 'data'; readonly number: number; readonly body: Buffer }
  | { readonly kind: 'close'; readonly number: number }
  | { readonly kind: 'ping'; readonly token: number }
  | { readonly kind: 'pong'; readonly token: number }
  | { readonly kind: 'unknown' }

/** The number that a frame starts with. */
export function headerOf(id: number, kind: number): number {
  return id * 8 + kind
}

export function helloBody(instance: Buffer, addressee: Buffer, maxTopics: number): Buffer {
  const body = Buffer.alloc(2 * INSTANCE_BYTES + varintLength(maxTopics))
  instance.copy(body)
  addressee.copy(body, INSTANCE_BYTES)
  writeVarint(body, maxTopics, 2 * INSTANCE_BYTES)
  return body
}

export function acceptBody({ distance, value, check, pipelineId }: Acceptance): Buffer {
  const distanceBytes = varintLength(distance)
  const body = Buffer.allocUnsafe(distanceBytes + VALUE_BYTES + CHECK_BYTES + Buffer.byteLength(pipelineId))
  let at = writeVarint(body, distance, 0)
  at += value.copy(body, at)
  at += check.copy(body, at)
  body.write(pipelineId, at)
  return body
}

export function pingBody(token: number): Buffer {
  const body = Buffer.alloc(varintLength(token))
  writeVarint(body, token, 0)
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
      const addressee = reader.take(INSTANCE_BYTES)
      const maxTopics = reader.read()
      if (id !== 0 || instance === undefined || addressee === undefined || maxTopics === undefined)
        return undefined
      // What may follow belongs to later versions.
      return { kind: 'hello', instance, addressee, maxTopics }
    }
    case KIND.open: {
      const tag = reader.rest()
      return tag.length === TAG_BYTES && id > 0 ? { kind: 'open', number: id, tag } : undefined
    }
    case KIND.accept: {
      const acceptance = readAcceptance(reader)
      return acceptance === undefined ? undefined : { kind: 'accept', number: id, acceptance }
    }
    case KIND.synced:
      return id === 0 && reader.done ? { kind: 'synced' } : undefined
    case KIND.data:
      return { kind: 'data', number: id, body: reader.rest() }
    case KIND.close:
      return reader.done ? { kind: 'close', number: id } : undefined
    case KIND.ping: {
      if (id > PONG_ID) return { kind: 'unknown' }
      const token = reader.read()
      if (token === undefined || !reader.done) return undefined
      return { kind: id === PING_ID ? 'ping' : 'pong', token }
    }
    default:
      return { kind: 'unknown' }
  }
}

function readAcceptance(reader: VarintReader): Acceptance | undefined {
  const distance = reader.read()
  const value = reader.take(VALUE_BYTES)
  const check = reader.take(CHECK_BYTES)
  if (distance === undefined || distance > MAX_TOPIC_NUMBER) return undefined
  if (value === undefined || check === undefined) return undefined
  const pipelineId = textOf(reader.rest())
  return pipelineId === undefined ? undefined : { distance, value, check, pipelineId }
}

function textOf(bytes: Buffer): string | undefined {
  if (bytes.length > MAX_PIPELINE_ID_BYTES) return undefined
  // Bytes that are no UTF-8 do not come back as they were. Not by a TextDecoder: on Bare, it takes them.
  const text = bytes.toString()
  return Buffer.from(text).equals(bytes) ? text : undefined
}
