import { createHmac, randomBytes } from 'node:crypto'
import type { Stream } from '../../stacks.js'
import { type ExportedKeys, type RawWire, rawWire } from './raw-wire.js'

/** Of PING and PONG, which have an id besides, the kind. */
const KIND = { hello: 0, open: 1, accept: 2, synced: 3, data: 4, close: 5, ping: 6 } as const
type Kind = keyof typeof KIND
const PONG_ID = 1

const INSTANCE_BYTES = 8
const VALUE_BYTES = 8
const CHECK_BYTES = 6
const NOBODY = Buffer.alloc(INSTANCE_BYTES)

/** Bytes in its own stream from which on it lets the network take some first. */
const AHEAD_BYTES = 1024 * 1024

/** How an ACCEPT is other than the rules have it. */
export interface AcceptOptions {
  /** Under which DATA is said to come. By default the number of the OPEN. */
  readonly number?: number
  readonly check?: Buffer
}

/**
 * Somebody who has announced wire v1 and writes on it what he likes: after SPEC.md, without the code of peersockets, and
 * without any of its bounds.
 */
export class RawMember {
  readonly #wire: RawWire
  readonly #tagKeys: ExportedKeys
  readonly #acceptKeys: ExportedKeys
  /** The numbers under which the other side has opened topics, by their tags in hex. */
  readonly #remoteOpens = new Map<string, number>()
  #instance: Buffer = randomBytes(INSTANCE_BYTES)
  #remote: Buffer = NOBODY
  /** Whether he says HELLO to everybody who does. */
  #isPolite = false
  sent = 0

  constructor(stream: Stream) {
    this.#wire = rawWire(stream, packet => {
      for (const frame of readPacket(packet)) this.#onframe(frame)
    })
    this.#tagKeys = this.#wire.exportKeys('wire/v1/tag')
    this.#acceptKeys = this.#wire.exportKeys('wire/v1/accept')
  }

  get gone(): boolean {
    return this.#wire.gone
  }

  get largestPacket(): number {
    return this.#wire.largestPacket
  }

  /** Frames, in one packet. */
  send(...frames: readonly Buffer[]): void {
    this.#wire.send(sequence(frames))
    this.sent += frames.length
  }

  /** Waits until there is space, and until the other side has had a turn. */
  async pace(): Promise<void> {
    do await new Promise(resolve => setImmediate(resolve))
    while (!this.gone && this.#wire.unsent > AHEAD_BYTES)
  }

  /** Says HELLO, now and to each instance of the other side that he has not met. */
  greet(): void {
    this.#isPolite = true
    this.send(this.hello())
  }

  /** He takes another instance, and says HELLO in the next packet with what this gives. */
  beginAnew(): Buffer {
    this.#instance = randomBytes(INSTANCE_BYTES)
    this.#remoteOpens.clear()
    return this.hello()
  }

  hello(): Buffer {
    return frame('hello', 0, Buffer.concat([this.#instance, this.#remote, number(16_384)]))
  }

  /** Opens a topic under a number of his own, and accepts it of the other side, which must be in it. */
  async join(name: string, own: number, pipelineId: string): Promise<void> {
    // What is said before the other side has heard whom he talks to is passed over.
    while (this.#remote === NOBODY && !this.gone) await this.pace()
    this.send(frame('open', own, this.tag(name)))
    while (this.remoteOpenOf(name) === undefined && !this.gone) await this.pace()
    this.send(this.accept(name, own, pipelineId))
  }

  /** The tag under which he opens a topic. */
  tag(name: string): Buffer {
    return hmac(this.#tagKeys.send, Buffer.from(name)).subarray(0, 16)
  }

  /** The number under which the other side has opened a topic, last. */
  remoteOpenOf(name: string): number | undefined {
    return this.#remoteOpens.get(hmac(this.#tagKeys.receive, Buffer.from(name)).toString('hex', 0, 16))
  }

  /** His ACCEPT of a topic that he has open under `own`. */
  accept(name: string, own: number, pipelineId: string, options: AcceptOptions = {}): Buffer {
    const { number: data = own, check } = options
    const to = this.remoteOpenOf(name) ?? 0
    const [value, pipeline] = [randomBytes(VALUE_BYTES), Buffer.from(pipelineId)]
    const vouched = Buffer.concat([
      this.#instance,
      this.#remote,
      ...[to, own, data].map(bigEndian),
      value,
      Buffer.of(pipeline.length),
      pipeline,
      Buffer.from(name)
    ])
    const right = hmac(this.#acceptKeys.send, vouched).subarray(0, CHECK_BYTES)
    return frame('accept', to, Buffer.concat([number(data - own), value, check ?? right, pipeline]))
  }

  #onframe({ kind, id, body }: ReadFrame): void {
    if (kind === KIND.open) this.#remoteOpens.set(body.toString('hex'), id)
    else if (kind === KIND.hello) this.#onhello(body.subarray(0, INSTANCE_BYTES))
    else if (kind === KIND.ping && id !== PONG_ID) this.send(frame('ping', PONG_ID, body))
  }

  #onhello(instance: Buffer): void {
    if (this.#remote.equals(instance)) return
    this.#remote = instance
    this.#remoteOpens.clear()
    if (this.#isPolite) this.send(this.hello(), frame('synced'))
  }
}

export function frame(kind: Kind, id = 0, body: Uint8Array = Buffer.alloc(0)): Buffer {
  return Buffer.concat([number(id * 8 + KIND[kind]), body])
}

/** Items, each with its length before it: a packet of frames, or a batch of messages. */
export function sequence(items: readonly Buffer[]): Buffer {
  return Buffer.concat(items.flatMap(item => [number(item.length), item]))
}

/** LEB128. */
export function number(value: number): Buffer {
  const bytes: number[] = []
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128)
  return Buffer.from([...bytes, value])
}

function hmac(key: Buffer, message: Buffer): Buffer {
  return createHmac('sha256', key).update(message).digest()
}

function bigEndian(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

interface ReadFrame {
  readonly kind: number
  readonly id: number
  readonly body: Buffer
}

function readNumber(bytes: Buffer, from: number): readonly [value: number, next: number] {
  let value = 0
  for (let at = from, factor = 1; ; at++, factor *= 128) {
    const byte = bytes.readUInt8(at)
    value += (byte % 128) * factor
    if (byte < 128) return [value, at + 1]
  }
}

function* readPacket(packet: Buffer): Iterable<ReadFrame> {
  for (let at = 0; at < packet.length; ) {
    const [length, start] = readNumber(packet, at)
    const [header, bodyStart] = readNumber(packet, start)
    at = start + length
    yield { kind: header % 8, id: Math.floor(header / 8), body: packet.subarray(bodyStart, at) }
  }
}
