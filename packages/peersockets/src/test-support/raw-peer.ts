import {
  createNetwork,
  type MemoryNetwork,
  type ProtocolStream,
  type StreamExtension
} from '@peersockets/testing'
import { onTestFinished } from 'vitest'
import type { ErrorCode } from '../errors.js'
import { Peersockets, type PeersocketsOptions } from '../peersockets.js'
import { ProtocolConnection } from '../transport/protocol-connection.js'
import { varintLength, writeVarint } from '../varint.js'
import { type Frame, headerOf, helloBody, KIND, readFrame } from '../wire/frame.js'
import { readSequence, SequenceWriter } from '../wire/sequence.js'
import { Tagger } from '../wire/tag.js'
import { settled } from './parties.js'

/** The descriptor of a topic that has neither codec nor middleware. */
export const RAW_DESCRIPTOR = 'raw > batch'

const PROTOCOL = 'peersockets/v1'

/** The bytes of one frame, whether it makes sense or not. */
export function frameOf(kind: number, id = 0, body: Uint8Array = Buffer.alloc(0)): Buffer {
  const header = headerOf(id, kind)
  const number = Buffer.alloc(varintLength(header))
  writeVarint(number, header, 0)
  return Buffer.concat([number, body])
}

export const hello = (instance: number, maxTopics = 16_384) =>
  frameOf(KIND.hello, 0, helloBody(Buffer.alloc(8, instance), maxTopics))
export const open = (id: number, tag: Uint8Array) => frameOf(KIND.open, id, tag)
export const accept = (id: number, descriptor = RAW_DESCRIPTOR) =>
  frameOf(KIND.accept, id, Buffer.from(descriptor))
export const synced = () => frameOf(KIND.synced)
export const data = (id: number, ...messages: string[]) =>
  frameOf(KIND.data, id, sequenceOf(messages.map(message => Buffer.from(message))))
export const close = (id: number) => frameOf(KIND.close, id)

/** The bytes of a frame as it would be read. */
export function written(frame: Frame): Buffer {
  switch (frame.kind) {
    case 'hello':
      return frameOf(KIND.hello, 0, helloBody(frame.instance, frame.maxTopics))
    case 'open':
      return open(frame.id, frame.tag)
    case 'accept':
      return accept(frame.id, frame.descriptor)
    case 'synced':
      return synced()
    case 'data':
      return frameOf(KIND.data, frame.id, frame.body)
    case 'close':
      return close(frame.id)
    case 'unknown':
      throw new Error('Nobody writes a frame of a kind that is not known.')
  }
}

export function sequenceOf(items: readonly Buffer[]): Buffer {
  const writer = new SequenceWriter()
  for (const item of items) writer.append(item)
  return writer.take()
}

/** Somebody who announces wire v1 and writes what he likes on it, at the far end of a connection whose near end is ours. */
export class RawPeer {
  /** All frames that reached him; one that cannot be read fails the test. */
  readonly heard: Frame[] = []
  /** Every packet that reached him. */
  readonly packets: Buffer[] = []
  readonly #extension: StreamExtension
  readonly #tagger: Tagger

  constructor(readonly stream: ProtocolStream) {
    const { publicKey, remotePublicKey } = stream
    if (publicKey === null || remotePublicKey === null) throw new Error('The handshake is not over.')
    this.#tagger = new Tagger(new ProtocolConnection({ remotePublicKey }, stream, publicKey, remotePublicKey))
    this.#extension = stream.registerExtension(PROTOCOL, { onmessage: packet => this.#onpacket(packet) })
    // The stack announces an extension with the first message on it.
    this.send()
  }

  /** Frames, in one packet. */
  send(...frames: readonly Buffer[]): void {
    this.sendPacket(sequenceOf(frames))
  }

  sendPacket(packet: Buffer): void {
    this.#extension.send(packet)
  }

  /** The tag under which he would open a topic that he knows. */
  tag(name: string, secret?: Buffer): Buffer {
    return Buffer.from(this.#tagger.local(name, secret))
  }

  /** The ids under which the other side has opened a topic that he knows, the latest last. */
  idsOf(name: string, secret?: Buffer): number[] {
    const remote = this.#tagger.remote(name, secret)
    return this.of('open').flatMap(({ id, tag }) => (tag.toString('latin1') === remote ? [id] : []))
  }

  /** What he heard of one kind. */
  of<K extends Frame['kind']>(kind: K): Extract<Frame, { kind: K }>[] {
    return this.heard.filter((frame): frame is Extract<Frame, { kind: K }> => frame.kind === kind)
  }

  /** Joins a topic as the rules have it, after a first greeting; gives the other side's id of it. */
  async join(name: string, id: number, descriptor = RAW_DESCRIPTOR): Promise<number> {
    this.send(open(id, this.tag(name)))
    await settled()
    const remoteId = this.idsOf(name).at(-1)
    if (remoteId === undefined) throw new Error(`The other side is not in ${name}.`)
    this.send(accept(remoteId, descriptor))
    await settled()
    return remoteId
  }

  #onpacket(packet: Buffer): void {
    this.packets.push(Buffer.from(packet))
    const frames = readSequence(packet)
    if (frames === undefined) throw new Error('What was sent is no packet.')
    for (const bytes of frames) {
      const frame = readFrame(Buffer.from(bytes))
      if (frame === undefined) throw new Error('What was sent is no frame.')
      this.heard.push(frame)
    }
  }
}

export interface Encounter {
  readonly network: MemoryNetwork
  readonly sockets: Peersockets
  readonly raw: RawPeer
  /** Our end of the connection. */
  readonly stream: ProtocolStream
  /** The codes of all that was reported to us so far. */
  codes(): ErrorCode[]
}

/** One `Peersockets`, connected to somebody who has announced wire v1 and has not greeted yet. */
export async function encounter(options: PeersocketsOptions = {}, peers = 2): Promise<Encounter> {
  const network = await createNetwork({ stack: 'memory', peers })
  onTestFinished(() => network.close())
  const [networker] = network.networkers
  if (networker === undefined) throw new RangeError('A network has a peer.')
  const sockets = new Peersockets(networker, options)
  const codes: ErrorCode[] = []
  sockets.on('reject', error => codes.push(error.code))
  const [stream, far] = network.streams(0, 1)
  const raw = new RawPeer(far)
  await settled()
  return { network, sockets, raw, stream, codes: () => [...codes] }
}
