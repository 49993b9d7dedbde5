import { readFileSync } from 'node:fs'
import HypercoreProtocol from 'hypercore-protocol'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Backlog } from '../pipeline/backlog.js'
import type { Middleware } from '../plugin.js'
import { Batch, readBatch } from '../session/batch.js'
import { claimTopic } from '../session/claim.js'
import { plainJson } from '../test-support/codecs.js'
import { sequenceOf, written } from '../test-support/raw-peer.js'
import { defineTopic } from '../topic/definition.js'
import { ProtocolConnection } from '../transport/protocol-connection.js'
import { VarintReader, varintLength, writeVarint } from '../varint.js'
import { type Frame, readFrame } from './frame.js'
import { PublicTopic } from './public-topic.js'
import { readSequence } from './sequence.js'
import { Tagger } from './tag.js'

type Commented<T = { readonly hex: string }> = T & { readonly comment: string }

/** Bytes as hexadecimal digits, everywhere below. */
interface Keys {
  readonly send: string
  readonly receive: string
}

type FrameVector =
  | { readonly kind: 'hello'; readonly instance: string; readonly maxTopics: number }
  | { readonly kind: 'open'; readonly id: number; readonly tag: string }
  | { readonly kind: 'accept'; readonly id: number; readonly descriptor: string }
  | { readonly kind: 'data'; readonly id: number; readonly body: string }
  | { readonly kind: 'close'; readonly id: number }
  | { readonly kind: 'synced' }
  | { readonly kind: 'unknown' }

interface Vectors {
  readonly split: { readonly initiator: { readonly tx: string; readonly rx: string } }
  readonly exportedKeys: readonly Commented<Keys & { readonly label: string }>[]
  readonly sessionKeys: readonly Commented<
    Keys & {
      readonly wire: 'v0' | 'v1'
      readonly topic: string
      readonly descriptor: string
      readonly secret?: string
      readonly label: string
      readonly exporterLabel: string
    }
  >[]
  readonly names: readonly Commented<{
    readonly topic: string
    readonly extension: string
    readonly hex: string
  }>[]
  readonly numbers: {
    readonly valid: readonly Commented<{ readonly value: number; readonly hex: string }>[]
    readonly invalid: readonly Commented[]
  }
  readonly sequences: {
    readonly valid: readonly Commented<{ readonly items: readonly string[]; readonly hex: string }>[]
    readonly invalid: readonly Commented[]
    readonly tooMany: { readonly maxItems: number; readonly valid: string; readonly invalid: string }
  }
  readonly tags: readonly Commented<{
    readonly name: string
    readonly secret: string | null
    readonly initiator: string
    readonly responder: string
  }>[]
  readonly frames: {
    readonly valid: readonly Commented<{ readonly frame: FrameVector; readonly hex: string }>[]
    readonly readOnly: readonly Commented<{ readonly frame: FrameVector; readonly hex: string }>[]
    readonly invalid: readonly Commented[]
  }
  readonly packets: {
    readonly valid: readonly Commented<{ readonly frames: readonly FrameVector[]; readonly hex: string }>[]
    readonly invalid: readonly Commented[]
  }
  readonly batches: {
    readonly valid: readonly Commented<{ readonly messages: readonly string[]; readonly hex: string }>[]
    readonly invalid: readonly Commented[]
    readonly tooMany: { readonly most: number }
  }
  readonly descriptors: readonly Commented<{
    readonly codec: string | null
    readonly batch: boolean
    readonly middleware: readonly string[]
    readonly descriptor: string
    readonly hex: string
  }>[]
}

const vectors: Vectors = JSON.parse(
  readFileSync(new URL('../../../../spec/vectors.json', import.meta.url), 'utf8')
)

const bytes = (hex: string) => Buffer.from(hex, 'hex')
const publicKey = Buffer.alloc(32, 1)

/** The two ends of the vectors' connection, over streams of the real stack that are given its secrets. */
function ends(): { readonly initiator: ProtocolConnection; readonly responder: ProtocolConnection } {
  const { tx, rx } = vectors.split.initiator
  const end = (initiator: boolean, split: { tx: Buffer; rx: Buffer }) => {
    const stream = new HypercoreProtocol(initiator, { noise: false, encrypted: false, timeout: false })
    onTestFinished(() => stream.destroy())
    Object.assign(stream.state, { _split: split })
    return new ProtocolConnection({ remotePublicKey: publicKey }, stream, publicKey, publicKey)
  }
  return {
    initiator: end(true, { tx: bytes(tx), rx: bytes(rx) }),
    responder: end(false, { tx: bytes(rx), rx: bytes(tx) })
  }
}

describe('the exported keys of a connection', () => {
  test.for(vectors.exportedKeys)('$comment', ({ label, send, receive }) => {
    const { initiator, responder } = ends()
    expect(initiator.exportKey(label)).toEqual({ send: bytes(send), receive: bytes(receive) })
    expect(responder.exportKey(label)).toEqual({ send: bytes(receive), receive: bytes(send) })
  })
})

describe('the keys that a session exports to middleware', () => {
  test.for(vectors.sessionKeys)('$comment', ({ wire, topic, descriptor, secret, label, ...vector }) => {
    const { initiator } = ends()
    const keys = { send: bytes(vector.send), receive: bytes(vector.receive) }
    const claim = claimTopic(initiator, topic, { left: false, yield() {} })
    const session = claim.session({
      private: wire === 'v1',
      secret: () => (secret === undefined ? undefined : bytes(secret)),
      descriptor
    })
    expect(session.exportKey(label)).toEqual(keys)
    const exported = initiator.exportKey(vector.exporterLabel)
    if (secret === undefined) expect(exported).toEqual(keys)
    else expect(exported).not.toEqual(keys)
  })
})

describe('the extension of a public topic', () => {
  test.for(vectors.names)('$comment', ({ topic, extension, hex }) => {
    const { initiator } = ends()
    const ignore = () => undefined
    new PublicTopic(initiator, topic, {
      onmessage: ignore,
      onopen: ignore,
      onclose: ignore,
      onabsent: ignore,
      onmismatch: ignore
    })
    expect(initiator.stream.extensions.names()).toEqual([extension])
    expect(Buffer.from(extension)).toEqual(bytes(hex))
  })
})

describe('numbers', () => {
  test.for(vectors.numbers.valid)('$value: $comment', ({ value, hex }) => {
    const written = Buffer.alloc(varintLength(value))
    expect(writeVarint(written, value, 0)).toBe(written.length)
    expect(written.toString('hex')).toBe(hex)
    const reader = new VarintReader(bytes(hex))
    expect([reader.read(), reader.done]).toEqual([value, true])
  })

  test.for(vectors.numbers.invalid)('invalid: $comment', ({ hex }) => {
    expect(new VarintReader(bytes(hex)).read()).toBeUndefined()
  })
})

describe('sequences', () => {
  test.for(vectors.sequences.valid)('$comment', ({ items, hex }) => {
    expect(sequenceOf(items.map(bytes)).toString('hex')).toBe(hex)
    expect(readSequence(bytes(hex), items.length)).toEqual(items.map(bytes))
  })

  test.for(vectors.sequences.invalid)('invalid: $comment', ({ hex }) => {
    expect(readSequence(bytes(hex), 100)).toBeUndefined()
  })

  test('have a largest number of items', () => {
    const { maxItems, valid, invalid } = vectors.sequences.tooMany
    expect(readSequence(bytes(valid), maxItems)).toHaveLength(maxItems)
    expect(readSequence(bytes(invalid), maxItems)).toBeUndefined()
    expect(readSequence(bytes(invalid), maxItems + 1)).toHaveLength(maxItems + 1)
  })
})

describe('tags', () => {
  test.for(vectors.tags)('$comment', ({ name, secret, ...tags }) => {
    const { initiator, responder } = ends()
    const mixed = secret === null ? undefined : bytes(secret)
    const near = new Tagger(initiator)
    const far = new Tagger(responder)
    expect(near.local(name, mixed).toString('hex')).toBe(tags.initiator)
    expect(far.local(name, mixed).toString('hex')).toBe(tags.responder)
    expect(near.remote(name, mixed)).toBe(bytes(tags.responder).toString('latin1'))
    expect(far.remote(name, mixed)).toBe(bytes(tags.initiator).toString('latin1'))
  })
})

/** The frame that a vector means, as it is read. */
function frameFrom(vector: FrameVector): Frame {
  switch (vector.kind) {
    case 'hello':
      return { ...vector, instance: bytes(vector.instance) }
    case 'open':
      return { ...vector, tag: bytes(vector.tag) }
    case 'data':
      return { ...vector, body: bytes(vector.body) }
    default:
      return vector
  }
}

describe('frames', () => {
  test.for(vectors.frames.valid)('$comment', ({ frame, hex }) => {
    expect(readFrame(bytes(hex))).toEqual(frameFrom(frame))
    expect(written(frameFrom(frame)).toString('hex')).toBe(hex)
  })

  test.for(vectors.frames.readOnly)('$comment', ({ frame, hex }) => {
    expect(readFrame(bytes(hex))).toEqual(frameFrom(frame))
  })

  test.for(vectors.frames.invalid)('invalid: $comment', ({ hex }) => {
    expect(readFrame(bytes(hex))).toBeUndefined()
  })
})

describe('packets', () => {
  test.for(vectors.packets.valid)('$comment', ({ frames, hex }) => {
    const read = readSequence(bytes(hex))
    expect(read?.map(readFrame)).toEqual(frames.map(frameFrom))
    expect(sequenceOf(frames.map(frameFrom).map(written)).toString('hex')).toBe(hex)
  })

  test.for(vectors.packets.invalid)('invalid: $comment', ({ hex }) => {
    expect(readSequence(bytes(hex))).toBeUndefined()
  })
})

describe('batches', () => {
  test.for(vectors.batches.valid)('$comment', ({ messages, hex }) => {
    const batch = new Batch(new Backlog())
    for (const message of messages) batch.add(bytes(message))
    expect(batch.take().toString('hex')).toBe(hex)
    expect(readBatch(bytes(hex))).toEqual(messages.map(bytes))
  })

  test.for(vectors.batches.invalid)('invalid: $comment', ({ hex }) => {
    expect(readBatch(bytes(hex))).toBeUndefined()
  })

  test('have a largest number of messages, which the sender keeps to', () => {
    const { most } = vectors.batches.tooMany
    const batch = new Batch(new Backlog())
    const full = Array.from({ length: most }, () => batch.add(Buffer.alloc(0)))
    expect(full.indexOf(true)).toBe(most - 1)
    expect(readBatch(batch.take())).toHaveLength(most)
    expect(readBatch(Buffer.alloc(most + 1))).toBeUndefined()
  })
})

describe('descriptors', () => {
  const stage = (name: string): Middleware => ({
    name,
    open: () => ({ send: frame => frame, receive: frame => frame })
  })

  test.for(vectors.descriptors)('$comment', ({ codec, batch, middleware, descriptor, hex }) => {
    const others = { batch, middleware: middleware.map(stage) }
    const topic =
      codec === null ? defineTopic(others) : defineTopic({ ...others, codec: { ...plainJson, name: codec } })
    expect(topic.descriptor).toBe(descriptor)
    expect(Buffer.from(topic.descriptor)).toEqual(bytes(hex))
  })
})
