import { type Attack, chunksOf, type Passage, type ProtocolStream } from '@peersockets/testing'
import type { AnyNetworker } from './party.js'

/** One message of hypercore-protocol, as its sender encrypts it. */
export interface PlainMessage {
  readonly lane: Lane
  /** Its place among all that its sender sends on the connection. */
  readonly start: number
  /** Its length, its header, its body. */
  readonly bytes: Buffer
}

/** What one peer sends another on the connection that is up. */
export interface Lane {
  readonly from: number
  readonly to: number
  /** Of the sender. */
  readonly stream: ProtocolStream
  /** The extensions that the sender has open; a message carries the place of its own. */
  names(): readonly string[]
}

interface OpenLane extends Lane {
  readonly masks: { readonly start: number; readonly mask: Buffer }[]
  /** Where the handshake ends. */
  readonly base: number
  held: { readonly start: number; readonly chunk: Buffer }[]
  holding: boolean
}

/** Bytes of a connection, one way, that have come to the attacker, and that he let pass. */
interface Traffic {
  seen: number
  passed: number
}

/** The sender's cipher, which is private to its stream. */
interface Cipher {
  encrypt(bytes: Buffer): Buffer
}

/**
 * Somebody on the path who knows what is said, because he can guess it or has a hand in it. Under a cipher that only adds
 * a key stream, who knows the bytes of a message can put any others of the same length in their place.
 */
export class KnownPlaintext {
  /** Hears every message before a byte of it has passed. Must not throw. */
  onmessage: (message: PlainMessage) => void = () => {}
  /** What else is done to the chunks behind the handshake, by somebody who knows nothing. */
  onchunk: Attack = chunk => chunk
  readonly #lanes = new Map<string, OpenLane>()
  readonly #traffic = new Map<string, Traffic>()
  readonly #networkers: readonly AnyNetworker[]

  /** Before anybody else listens to the networkers. */
  constructor(networkers: readonly AnyNetworker[]) {
    this.#networkers = networkers
    for (const [from, networker] of networkers.entries()) {
      networker.on('handshake', (stream: ProtocolStream) => this.#tap(from, stream))
    }
  }

  /** For a network. */
  readonly attack: Attack = (chunk, passage) => {
    const key = `${passage.from}>${passage.to}`
    // A new connection begins.
    if (passage.offset === 0) {
      this.#lanes.delete(key)
      this.#traffic.delete(key)
    }
    const traffic = this.#trafficOf(key)
    this.#traffic.set(key, traffic)
    traffic.seen = passage.offset + chunk.length
    const lane = this.#lanes.get(key)
    const released = lane === undefined ? [chunk] : this.#release(lane, chunk, passage)
    for (const { length } of released) traffic.passed += length
    return released
  }

  /** Puts `bytes` in the place of a message. False when they are not of its length, or some of it has passed. */
  rewrite({ lane, start, bytes: old }: PlainMessage, bytes: Buffer): boolean {
    const open = this.#lanes.get(keyOf(lane))
    if (open?.stream !== lane.stream || bytes.length !== old.length) return false
    if (start < this.#trafficOf(keyOf(open)).seen - heldBytes(open)) return false
    open.masks.push({ start, mask: Buffer.from(bytes.map((byte, at) => byte ^ (old[at] ?? 0))) })
    return true
  }

  /** Keeps what comes back until `release`, and the next bytes after it. */
  hold(lane: Lane): void {
    const open = this.#lanes.get(keyOf(lane))
    if (open !== undefined) open.holding = true
  }

  release(lane: Lane): void {
    const open = this.#lanes.get(keyOf(lane))
    if (open !== undefined) open.holding = false
  }

  /** Whether all that was sent has arrived, as far as it was let, on every connection that is up. */
  get quiet(): boolean {
    return [...this.#lanes.values()].every(lane => {
      const { stream } = lane
      const far = this.#lanes.get(`${lane.to}>${lane.from}`)?.stream
      if (stream.destroyed || far === undefined || far.destroyed) {
        return stream.destroyed && (far === undefined || far.destroyed)
      }
      const { seen, passed } = this.#trafficOf(keyOf(lane))
      return stream.bytesSent === seen && far.bytesReceived === passed
    })
  }

  #release(lane: OpenLane, chunk: Buffer, passage: Passage): readonly Buffer[] {
    // The end of a handshake, which the other side is waiting for.
    if (passage.offset < lane.base) return [masked({ start: passage.offset, chunk }, lane)]
    lane.held.push({ start: passage.offset, chunk })
    if (lane.holding) return []
    const released = lane.held.flatMap(held => {
      return chunksOf(this.onchunk(masked(held, lane), { ...passage, offset: held.start }))
    })
    lane.held = []
    return released
  }

  #trafficOf(key: string): Traffic {
    return this.#traffic.get(key) ?? { seen: 0, passed: 0 }
  }

  #tap(from: number, stream: ProtocolStream): void {
    const to = this.#networkers.findIndex(({ keyPair }) => stream.remotePublicKey?.equals(keyPair.publicKey))
    const sent = stream.bytesSent
    const lane: OpenLane = {
      from,
      to,
      stream,
      names: () => stream.extensions.names(),
      masks: [],
      base: sent,
      held: [],
      holding: false
    }
    this.#lanes.set(`${from}>${to}`, lane)
    const cipher: Cipher = Reflect.get(stream.state, '_encryption')
    const { encrypt } = cipher
    cipher.encrypt = bytes => {
      this.onmessage({ lane, start: stream.bytesSent, bytes: Buffer.from(bytes) })
      return encrypt.call(cipher, bytes)
    }
  }
}

function keyOf({ from, to }: Lane): string {
  return `${from}>${to}`
}

function masked({ start, chunk }: OpenLane['held'][number], { masks }: OpenLane): Buffer {
  for (const { start: from, mask } of masks) {
    const first = Math.max(start, from)
    const end = Math.min(start + chunk.length, from + mask.length)
    for (let at = first; at < end; at++) {
      chunk.writeUInt8(chunk.readUInt8(at - start) ^ mask.readUInt8(at - from), at - start)
    }
  }
  return chunk
}

function heldBytes({ held }: OpenLane): number {
  return held.reduce((sum, { chunk }) => sum + chunk.length, 0)
}
