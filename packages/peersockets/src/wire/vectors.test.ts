import { readFileSync } from 'node:fs'
import HypercoreProtocol from 'hypercore-protocol'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Backlog } from '../pipeline/backlog.js'
import { Headroom } from '../pipeline/headroom.js'
import type { Middleware } from '../plugin.js'
import { Batch } from '../session/batch.js'
import { BatchReader } from '../session/batch-reader.js'
import { middlewareSession } from '../session/middleware-session.js'
import { plainJson } from '../test-support/codecs.js'
import { pipelineIdOf } from '../topic/pipeline-id.js'
import { ProtocolConnection } from '../transport/protocol-connection.js'
import { VarintReader, varintLength, writeVarint } from '../varint.js'
import { BlockPool } from './block-pool.js'
import {
  acceptBody,
  type Frame,
  headerOf,
  helloBody,
  KIND,
  MAX_TOPIC_NUMBER,
  PING_ID,
  PONG_ID,
  pingBody,
  readFrame
} from './frame.js'
import { PacketWriter } from './packet-writer.js'
import { Match, PrivateTopic } from './private-topic.js'
import { PublicTopic } from './public-topic.js'
import { readSequence, SequenceWriter } from './sequence.js'
import type { SessionChannel, TopicMember } from './session-channel.js'
import { TopicTags, tagText, type Vouched } from './tag.js'
import { TopicLink } from './topic-link.js'

type Commented<T = { readonly hex: string }> = T & { readonly comment: string }

/** Bytes as hexadecimal digits, everywhere below. */
interface Keys {
  readonly send: string
  readonly receive: string
}

type FrameVector =
  | {
      readonly kind: 'hello'
      readonly instance: string
      readonly addressee: string
      readonly maxTopics: number
    }
  | { readonly kind: 'open'; readonly id: number; readonly tag: string }
  | {
      readonly kind: 'accept'
      readonly id: number
      readonly distance: number
      readonly value: string
      readonly check: string
      readonly pipelineId: string
    }
  | { readonly kind: 'data'; readonly id: number; readonly body: string }
  | { readonly kind: 'close'; readonly id: number }
  | { readonly kind: 'synced' }
  | { readonly kind: 'ping' | 'pong'; readonly token: number }
  | { readonly kind: 'unknown' }

interface Vectors {
  readonly split: { readonly initiator: { readonly tx: string; readonly rx: string } }
  readonly exportedKeys: readonly Commented<Keys & { readonly label: string }>[]
  readonly sessionKeys: readonly Commented<
    Keys & {
      readonly wire: 'v0' | 'v1'
      readonly topic: string
      readonly pipelineId: string
      /** On wire v1. */
      readonly match?: string
      readonly middleware: string
      /** Of a middleware that puts nothing on the wire. */
      readonly local?: true
      readonly ordinal: number
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
  readonly checks: readonly Commented<{
    readonly sender: 'initiator' | 'responder'
    readonly name: string
    readonly secret: string | null
    readonly senderInstance: string
    readonly receiverInstance: string
    readonly receiverNumber: number
    readonly senderNumber: number
    readonly dataNumber: number
    readonly value: string
    readonly pipelineId: string
    readonly check: string
  }>[]
  readonly matchIds: readonly Commented<{ readonly values: readonly [string, string]; readonly id: string }>[]
  readonly frames: {
    readonly valid: readonly Commented<{ readonly frame: FrameVector; readonly hex: string }>[]
    readonly readOnly: readonly Commented<{ readonly frame: FrameVector; readonly hex: string }>[]
    readonly invalid: readonly Commented[]
  }
  readonly packets: {
    readonly valid: readonly Commented<{ readonly frames: readonly FrameVector[]; readonly hex: string }>[]
    readonly invalid: readonly Commented[]
    readonly tooLong: { readonly most: number }
  }
  readonly batches: {
    readonly valid: readonly Commented<{ readonly messages: readonly string[]; readonly hex: string }>[]
    readonly invalid: readonly Commented[]
    readonly tooMany: { readonly most: number }
  }
  readonly pipelineIds: readonly Commented<{
    readonly codec: string | null
    readonly batch: boolean
    readonly middleware: readonly {
      readonly name: string
      readonly scope: 'message' | 'frame'
      readonly wire?: boolean
    }[]
    readonly pipelineId: string
    readonly hex: string
  }>[]
}

const vectors: Vectors = JSON.parse(
  readFileSync(new URL('../../../../spec/vectors.json', import.meta.url), 'utf8')
)

const bytes = (hex: string) => Buffer.from(hex, 'hex')
const secretFrom = (hex: string | null | undefined) => (hex == null ? undefined : bytes(hex))
const ignore = () => undefined
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

describe('the keys that a session exports to a middleware', () => {
  test.for(vectors.sessionKeys)('$comment', vector => {
    const {
      wire,
      topic,
      pipelineId,
      match = '',
      middleware,
      local,
      ordinal,
      secret,
      label,
      exporterLabel
    } = vector
    const keys = { send: bytes(vector.send), receive: bytes(vector.receive) }
    const config = {
      middleware: [],
      private: wire === 'v1',
      secret: () => secretFrom(secret),
      raw: true,
      batch: false,
      pipelineId
    }
    const channel: SessionChannel = { matchId: match, maxFrameBytes: 0, receiver: undefined, write: ignore }
    const keysAt = (end: ProtocolConnection) =>
      middlewareSession(end, topic, config, channel, new Headroom(), middleware, !local, ordinal).exportKey(
        label
      )
    const { initiator, responder } = ends()
    expect(keysAt(initiator)).toEqual(keys)
    expect(keysAt(responder)).toEqual({ send: keys.receive, receive: keys.send })
    const exported = initiator.exportKey(exporterLabel)
    if (secret === undefined) expect(exported).toEqual(keys)
    else expect(exported).not.toEqual(keys)
  })
})

function memberOf(topic: string): TopicMember {
  return {
    topic,
    pipelineId: 'raw',
    secret: ignore,
    onsession: () => ({ receive: ignore }),
    onsessionend: ignore,
    onpresence: ignore,
    ondecided: ignore,
    onfailure: ignore
  }
}

describe('the protocol of a public topic', () => {
  test.for(vectors.names)('$comment', ({ topic, extension, hex }) => {
    const { initiator } = ends()
    new PublicTopic(initiator, memberOf(topic))
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

function sequenceOf(items: readonly Buffer[]): Buffer {
  const writer = new SequenceWriter(new BlockPool())
  for (const item of items) writer.append(item)
  return writer.take()
}

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
    const near = new TopicTags(initiator)
    const far = new TopicTags(responder)
    expect(near.local(name, secretFrom(secret)).toString('hex')).toBe(tags.initiator)
    expect(far.local(name, secretFrom(secret)).toString('hex')).toBe(tags.responder)
    expect(near.remote(name, secretFrom(secret))).toBe(tagText(bytes(tags.responder)))
    expect(far.remote(name, secretFrom(secret))).toBe(tagText(bytes(tags.initiator)))
  })
})

describe('checks', () => {
  test.for(vectors.checks)('$comment', ({ sender, name, secret, pipelineId, ...vector }) => {
    const { initiator, responder } = ends()
    const [from, to] = sender === 'initiator' ? [initiator, responder] : [responder, initiator]
    const vouched: Vouched = {
      sender: bytes(vector.senderInstance),
      receiver: bytes(vector.receiverInstance),
      receiverOpen: vector.receiverNumber,
      senderOpen: vector.senderNumber,
      number: vector.dataNumber,
      value: bytes(vector.value),
      pipelineId
    }
    const check = bytes(vector.check)
    expect(new TopicTags(from).vouch(name, secretFrom(secret), vouched)).toEqual(check)
    expect(new TopicTags(to).vouches(name, secretFrom(secret), vouched, check)).toBe(true)
    expect(new TopicTags(from).vouches(name, secretFrom(secret), vouched, check)).toBe(false)
  })

  test('differ when anything that they stand for differs', () => {
    expect(new Set(vectors.checks.map(({ check }) => check)).size).toBe(vectors.checks.length)
  })
})

describe('the id of a match', () => {
  test.for(vectors.matchIds)('$comment', ({ values: [one, other], id }) => {
    const idFrom = (ours: string, theirs: string) => {
      const link = new TopicLink(0, new PacketWriter(new BlockPool(), () => undefined))
      const topic = new PrivateTopic(link, '', memberOf('chat'))
      const match = new Match(topic, 1, 1, bytes(ours))
      match.complete(bytes(theirs))
      return match.matchId
    }
    expect(idFrom(one, other)).toBe(id)
    expect(idFrom(other, one)).toBe(id)
  })
})

/** The frame that a vector means, as it is read. */
function frameFrom(vector: FrameVector): Frame {
  switch (vector.kind) {
    case 'hello':
      return { ...vector, instance: bytes(vector.instance), addressee: bytes(vector.addressee) }
    case 'open':
      return { kind: 'open', number: vector.id, tag: bytes(vector.tag) }
    case 'accept': {
      const { id, distance, value, check, pipelineId } = vector
      const acceptance = { distance, value: bytes(value), check: bytes(check), pipelineId }
      return { kind: 'accept', number: id, acceptance }
    }
    case 'data':
      return { kind: 'data', number: vector.id, body: bytes(vector.body) }
    case 'close':
      return { kind: 'close', number: vector.id }
    default:
      return vector
  }
}

function frameOf(kind: number, id: number, body: Buffer = Buffer.alloc(0)): Buffer {
  const header = headerOf(id, kind)
  const start = Buffer.alloc(varintLength(header))
  writeVarint(start, header, 0)
  return Buffer.concat([start, body])
}

/** The bytes of a frame, as it is sent. */
function written(frame: Frame): Buffer {
  switch (frame.kind) {
    case 'hello':
      return frameOf(KIND.hello, 0, helloBody(frame.instance, frame.addressee, frame.maxTopics))
    case 'open':
      return frameOf(KIND.open, frame.number, frame.tag)
    case 'accept':
      return frameOf(KIND.accept, frame.number, acceptBody(frame.acceptance))
    case 'synced':
      return frameOf(KIND.synced, 0)
    case 'data':
      return frameOf(KIND.data, frame.number, frame.body)
    case 'close':
      return frameOf(KIND.close, frame.number)
    case 'ping':
      return frameOf(KIND.ping, PING_ID, pingBody(frame.token))
    case 'pong':
      return frameOf(KIND.ping, PONG_ID, pingBody(frame.token))
    case 'unknown':
      throw new Error('There is no way to send a frame of an unknown kind.')
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

  test('have numbers of which the largest is 2^29 - 1', () => {
    const numbers = vectors.frames.valid.flatMap(({ frame }) => ('id' in frame ? [frame.id] : []))
    expect(Math.max(...numbers)).toBe(MAX_TOPIC_NUMBER)
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

  test('of several frames have a largest number of bytes', () => {
    const { most } = vectors.packets.tooLong
    // Bodies so long that the length of the second item takes three bytes in each.
    const one = (length: number) => sequenceOf([Buffer.alloc(length - 3)])
    const two = (length: number) => sequenceOf([Buffer.alloc(0), Buffer.alloc(length - 4)])
    expect(one(most + 1)).toHaveLength(most + 1)
    expect(readSequence(one(most + 1))).toHaveLength(1)
    expect(two(most)).toHaveLength(most)
    expect(readSequence(two(most))).toHaveLength(2)
    expect(readSequence(two(most + 1))).toBeUndefined()
  })
})

/** The frames that a batch makes of messages. */
function batched(messages: readonly Buffer[]): Buffer[] {
  const frames: Buffer[] = []
  const sink = { busy: false, take: (frame: Buffer) => void frames.push(Buffer.from(frame)) }
  const events = { ondropped: ignore, onidle: ignore }
  const batch = new Batch('chat', new Backlog(), sink, events, new BlockPool(), undefined)
  for (const message of messages) batch.take(message, [])
  batch.flush()
  return frames
}

/** The messages of a batch; undefined if it is none. */
function readBatch(frame: Buffer): Buffer[] | undefined {
  const messages: Buffer[] = []
  let isMalformed = false
  const next = { take: (message: Buffer) => void messages.push(message) }
  const reader = new BatchReader('chat', false, next, () => {
    isMalformed = true
  })
  reader.take(frame)
  return isMalformed ? undefined : messages
}

describe('batches', () => {
  test.for(vectors.batches.valid)('$comment', ({ messages, hex }) => {
    expect(batched(messages.map(bytes))).toEqual([bytes(hex)])
    expect(readBatch(bytes(hex))).toEqual(messages.map(bytes))
  })

  test.for(vectors.batches.invalid)('invalid: $comment', ({ hex }) => {
    expect(readBatch(bytes(hex))).toBeUndefined()
  })

  test('have a largest number of messages, which the sender keeps to', () => {
    const { most } = vectors.batches.tooMany
    const frames = batched(Array.from({ length: most + 1 }, () => Buffer.alloc(0)))
    expect(frames.map(frame => readBatch(frame)?.length)).toEqual([most, 1])
    expect(readBatch(Buffer.alloc(most + 1))).toBeUndefined()
  })
})

describe('pipeline ids', () => {
  const stage = (vector: Pick<Middleware, 'name' | 'scope' | 'wire'>): Middleware => ({
    ...vector,
    open: () => ({ send: frame => frame, receive: frame => frame })
  })

  test.for(vectors.pipelineIds)('$comment', ({ codec, batch, middleware, pipelineId, hex }) => {
    const named = codec === null ? undefined : { ...plainJson, name: codec }
    expect(pipelineIdOf(named, batch, middleware.map(stage))).toBe(pipelineId)
    expect(Buffer.from(pipelineId)).toEqual(bytes(hex))
  })
})
