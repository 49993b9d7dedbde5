import { randomBytes } from '@noble/hashes/utils.js'
import {
  createNetwork,
  type MemoryNetwork,
  type ProtocolStream,
  type StreamExtension
} from '@peersockets/testing'
import { onTestFinished } from 'vitest'
import type { ErrorCode, PluginErrorCode } from '../errors.js'
import { Peersockets, type PeersocketsOptions } from '../peersockets.js'
import type { ExportedKey } from '../plugin.js'
import type { NetworkerPeer } from '../transport/networker-like.js'
import { ProtocolConnection } from '../transport/protocol-connection.js'
import { varintLength, writeVarint } from '../varint.js'
import { BlockPool } from '../wire/block-pool.js'
import {
  type Acceptance,
  acceptBody,
  type Frame,
  headerOf,
  helloBody,
  KIND,
  PING_ID,
  PONG_ID,
  pingBody,
  readFrame
} from '../wire/frame.js'
import { readSequence, SequenceWriter } from '../wire/sequence.js'
import { TopicTags } from '../wire/tag.js'
import { settled } from './parties.js'

/** The pipeline id of a topic that has neither codec nor middleware. */
export const RAW_PIPELINE = 'raw > batch'

const PROTOCOL = 'peersockets/v1'
const NOBODY = Buffer.alloc(8)

/** The bytes of one frame, whether it makes sense or not. */
export function frameOf(kind: number, id = 0, body: Uint8Array = Buffer.alloc(0)): Buffer {
  const header = headerOf(id, kind)
  const number = Buffer.alloc(varintLength(header))
  writeVarint(number, header, 0)
  return Buffer.concat([number, body])
}

/** The instance that tests call by a small number. */
export const instanceOf = (n: number) => Buffer.alloc(8, n)
/** `addressee`: who is spoken to; nobody, by default, as in the first HELLO. */
export const hello = (instance: number, addressee: Buffer = NOBODY, maxTopics = 16_384) =>
  frameOf(KIND.hello, 0, helloBody(instanceOf(instance), addressee, maxTopics))
export const open = (number: number, tag: Uint8Array) => frameOf(KIND.open, number, tag)
/** `number`: of the OPEN that is accepted. */
export const accept = (number: number, acceptance: Acceptance) =>
  frameOf(KIND.accept, number, acceptBody(acceptance))
export const synced = () => frameOf(KIND.synced)
export const data = (number: number, ...messages: string[]) =>
  frameOf(KIND.data, number, sequenceOf(messages.map(message => Buffer.from(message))))
export const close = (number: number) => frameOf(KIND.close, number)
export const ping = (token: number) => frameOf(KIND.ping, PING_ID, pingBody(token))
export const pong = (token: number) => frameOf(KIND.ping, PONG_ID, pingBody(token))

/** The bytes of a frame as it would be read. */
export function written(frame: Frame): Buffer {
  switch (frame.kind) {
    case 'hello':
      return frameOf(KIND.hello, 0, helloBody(frame.instance, frame.addressee, frame.maxTopics))
    case 'open':
      return open(frame.number, frame.tag)
    case 'accept':
      return accept(frame.number, frame.acceptance)
    case 'synced':
      return synced()
    case 'data':
      return frameOf(KIND.data, frame.number, frame.body)
    case 'close':
      return close(frame.number)
    case 'ping':
      return ping(frame.token)
    case 'pong':
      return pong(frame.token)
    case 'unknown':
      throw new Error('Nobody writes a frame of a kind that is not known.')
  }
}

export function sequenceOf(items: readonly Buffer[]): Buffer {
  const writer = new SequenceWriter(new BlockPool())
  for (const item of items) writer.append(item)
  return writer.take()
}

/** How an ACCEPT is other than the rules have it. */
export interface AcceptOptions {
  /** The OPEN that is accepted, of the other side. By default its latest of the topic, or 1 if none was heard. */
  to?: number
  /** Under which he will send DATA. By default that of his own OPEN. */
  number?: number
  value?: Buffer
  pipelineId?: string
  secret?: Buffer
}

/** Somebody who announces wire v1 and writes what he likes on it, at the far end of a connection whose near end is ours. */
export class RawPeer {
  /** All frames that reached him; one that cannot be read fails the test. */
  readonly heard: Frame[] = []
  /** Every packet that reached him. */
  readonly packets: Buffer[] = []
  readonly #extension: StreamExtension
  readonly #connection: ProtocolConnection
  readonly #tags: TopicTags
  #instance = NOBODY

  constructor(readonly stream: ProtocolStream) {
    const { publicKey, remotePublicKey } = stream
    if (publicKey === null || remotePublicKey === null) throw new Error('The handshake is not over.')
    this.#connection = new ProtocolConnection({ remotePublicKey }, stream, publicKey, remotePublicKey)
    this.#tags = new TopicTags(this.#connection)
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

  /** The instance of the other side, as far as he has heard. */
  get remote(): Buffer {
    return this.of('hello').at(-1)?.instance ?? NOBODY
  }

  /** From now on he is the instance that tests call `n`. Gives its HELLO to the other side. */
  hello(n: number, maxTopics = 16_384): Buffer {
    this.#instance = instanceOf(n)
    return hello(n, this.remote, maxTopics)
  }

  /** The tag under which he would open a topic that he knows. */
  tag(name: string, secret?: Buffer): Buffer {
    return Buffer.from(this.#tags.local(name, secret))
  }

  /** His ACCEPT of a topic that he has open under `own`. */
  accept(name: string, own: number, options: AcceptOptions = {}): Buffer {
    const { to = this.numbersOf(name, options.secret).at(-1) ?? 1, number = own } = options
    const { value = Buffer.from(randomBytes(8)), pipelineId = RAW_PIPELINE, secret } = options
    const check = this.#tags.vouch(name, secret, {
      sender: this.#instance,
      receiver: this.remote,
      receiverOpen: to,
      senderOpen: own,
      number,
      value,
      pipelineId
    })
    return accept(to, { distance: number - own, value, check, pipelineId })
  }

  /** What the other side has vouched for in an ACCEPT of his OPEN `own`, if it is true. */
  isTrue(
    name: string,
    { number, acceptance }: Extract<Frame, { kind: 'accept' }>,
    senderOpen: number
  ): boolean {
    const { check, distance, ...vouched } = acceptance
    const [sender, receiver] = [this.remote, this.#instance]
    return this.#tags.vouches(
      name,
      undefined,
      { ...vouched, sender, receiver, receiverOpen: number, senderOpen, number: senderOpen + distance },
      check
    )
  }

  /** The keys that the connection gives him for a label. */
  exportKey(label: string): ExportedKey {
    return this.#connection.exportKey(label)
  }

  /** The numbers under which the other side has opened a topic that he knows, the latest last. */
  numbersOf(name: string, secret?: Buffer): number[] {
    const remote = this.#tags.remote(name, secret)
    return this.of('open').flatMap(({ number, tag }) => (tag.toString('latin1') === remote ? [number] : []))
  }

  /** What he heard of one kind. */
  of<K extends Frame['kind']>(kind: K): Extract<Frame, { kind: K }>[] {
    return this.heard.filter((frame): frame is Extract<Frame, { kind: K }> => frame.kind === kind)
  }

  /** Joins a topic as the rules have it, after a greeting; gives the number of the other side's OPEN of it. */
  async join(name: string, number: number, pipelineId = RAW_PIPELINE): Promise<number> {
    this.send(open(number, this.tag(name)))
    await settled()
    const remote = this.numbersOf(name).at(-1)
    if (remote === undefined) throw new Error(`The other side is not in ${name}.`)
    this.send(this.accept(name, number, { to: remote, pipelineId }))
    await settled()
    return remote
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
  codes(): (ErrorCode | PluginErrorCode)[]
}

/** One `Peersockets`, connected to somebody who has announced wire v1 and has not greeted yet. */
export async function encounter(
  options: PeersocketsOptions<NetworkerPeer> = {},
  peers = 2
): Promise<Encounter> {
  const network = await createNetwork({ stack: 'memory', peers })
  onTestFinished(() => network.close())
  const [networker] = network.networkers
  if (networker === undefined) throw new RangeError('A network has a peer.')
  const sockets = new Peersockets(networker, options)
  const codes: (ErrorCode | PluginErrorCode)[] = []
  sockets.on('reject', error => codes.push(error.code))
  const [stream, far] = network.streams(0, 1)
  const raw = new RawPeer(far)
  await settled()
  return { network, sockets, raw, stream, codes: () => [...codes] }
}
