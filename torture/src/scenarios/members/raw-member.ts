import { createHmac, randomBytes } from 'node:crypto'
import type { Stream } from '../../stacks.js'
import { type RawWire, rawWire } from './raw-wire.js'

const KIND = { hello: 0, open: 1, accept: 2, synced: 3, data: 4, close: 5 } as const
type Kind = keyof typeof KIND

/** Bytes in its own stream from which on it lets the network take some first. */
const AHEAD_BYTES = 1024 * 1024

/**
 * Somebody who has announced wire v1 and writes on it what he likes: after SPEC.md, without the code of peersockets, and
 * without any of its bounds.
 */
export class RawMember {
  readonly #wire: RawWire
  /** The ids under which the other side has opened topics, by their tags in hex. */
  readonly #remoteIds = new Map<string, number>()
  sent = 0

  constructor(stream: Stream) {
    this.#wire = rawWire(stream, packet => {
      for (const { kind, id, body } of readPacket(packet))
        if (kind === KIND.open) this.#remoteIds.set(body.toString('hex'), id)
    })
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

  /** Waits until there is room, and until the other side has had a turn. */
  async pace(): Promise<void> {
    do await new Promise(resolve => setImmediate(resolve))
    while (!this.gone && this.#wire.unsent > AHEAD_BYTES)
  }

  greet(): void {
    this.send(frame('hello', 0, Buffer.concat([randomBytes(8), number(16_384)])), frame('synced'))
  }

  /** Opens a topic under one of its own ids, and accepts it of the other side, which must be in it. */
  async join(name: string, id: number, descriptor: string): Promise<void> {
    this.send(frame('open', id, this.tag(name)))
    let remoteId: number | undefined
    while (remoteId === undefined && !this.gone) {
      remoteId = this.remoteIdOf(name)
      await this.pace()
    }
    this.send(frame('accept', remoteId, Buffer.from(descriptor)))
  }

  /** The tag under which it opens a topic. */
  tag(name: string): Buffer {
    return tagOf(this.#wire.keys.send, name)
  }

  /** The id under which the other side has opened a topic. */
  remoteIdOf(name: string): number | undefined {
    return this.#remoteIds.get(tagOf(this.#wire.keys.receive, name).toString('hex'))
  }
}

export function frame(kind: Kind, id = 0, body: Uint8Array = Buffer.alloc(0)): Buffer {
  return Buffer.concat([number(id * 8 + KIND[kind]), body])
}

/** Items, each with its length before it: a packet of frames, or a batch of messages. */
export function sequence(items: readonly Buffer[]): Buffer {
  return Buffer.concat(items.flatMap(item => [number(item.length), item]))
}

function tagOf(key: Buffer, name: string): Buffer {
  return createHmac('sha256', key).update(name).digest().subarray(0, 16)
}

/** LEB128. */
function number(value: number): Buffer {
  const bytes: number[] = []
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128)
  return Buffer.from([...bytes, value])
}

function readNumber(bytes: Buffer, from: number): readonly [value: number, next: number] {
  let value = 0
  for (let at = from, factor = 1; ; at++, factor *= 128) {
    const byte = bytes.readUInt8(at)
    value += (byte % 128) * factor
    if (byte < 128) return [value, at + 1]
  }
}

function* readPacket(packet: Buffer): Iterable<{ kind: number; id: number; body: Buffer }> {
  for (let at = 0; at < packet.length; ) {
    const [length, start] = readNumber(packet, at)
    const [header, bodyStart] = readNumber(packet, start)
    at = start + length
    yield { kind: header % 8, id: Math.floor(header / 8), body: packet.subarray(bodyStart, at) }
  }
}
