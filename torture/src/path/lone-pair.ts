import {
  type Attack,
  chunksOf,
  createNetwork,
  type Direction,
  type ProtocolStream
} from '@peersockets/testing'
import type { AnyNetworker } from './party.js'

/** Which network two peers meet on. */
export type Stack = 'memory' | 'networker'

/** Two peers with one connection at a time, which is watched from its first byte until nothing moves on it any more. */
export class LonePair {
  static async create(stack: Stack): Promise<LonePair> {
    return new LonePair(stack, stack === 'memory' ? await inMemory() : await onSockets())
  }

  /** What is done to the bytes on the path. */
  attack: Attack = chunk => chunk
  readonly networkers: readonly AnyNetworker[]
  readonly #network: PairNetwork
  readonly #pause: () => Promise<void>
  /** Of the connection that is up, or was last. */
  #streams: readonly (ProtocolStream | undefined)[] = []
  #handshake: Record<Direction, number> = { up: 0, down: 0 }
  #seen: Record<Direction, number> = { up: 0, down: 0 }
  #passed: Record<Direction, number> = { up: 0, down: 0 }

  private constructor(stack: Stack, network: PairNetwork) {
    this.#network = network
    this.networkers = network.networkers
    this.#pause = stack === 'memory' ? turn : moment
    for (const [place, networker] of network.networkers.entries()) {
      networker.on('stream-opened', (stream: ProtocolStream) => {
        this.#streams = place === 0 ? [stream, this.#streams[1]] : [this.#streams[0], stream]
      })
      networker.on('handshake', (stream: ProtocolStream) => {
        this.#handshake[stream.initiator ? 'up' : 'down'] = stream.bytesSent
      })
    }
    network.attack((chunk, passage) => {
      // Who has lost a connection soon makes another.
      if (passage.offset === 0) this.#passed[passage.direction] = 0
      this.#seen[passage.direction] = passage.offset + chunk.length
      const chunks = chunksOf(this.attack(chunk, passage))
      for (const { length } of chunks) this.#passed[passage.direction] += length
      return chunks
    })
  }

  /** Connects the two and waits until nothing moves. They may be unconnected then, or stuck in their handshake. */
  async connect(): Promise<void> {
    // Not one that is open already, and waits for the other side.
    this.#streams = this.#streams.map(stream => (stream?.destroyed ? undefined : stream))
    this.#seen = { up: 0, down: 0 }
    this.#passed = { up: 0, down: 0 }
    // Rejects, or takes for ever, when the handshake fails: what came of it is seen on the streams.
    this.#network.heal(0, 1).catch(() => {})
    await this.quiet()
  }

  /** Waits until all that was sent has arrived, as far as it was let, or the connection is gone. */
  async quiet(): Promise<void> {
    const patience = Date.now() + PATIENCE_MS
    // First of all the tick, at whose end batches leave.
    do {
      await this.#pause()
      if (Date.now() > patience)
        throw new Error(`Something moves still, or nothing ever did: ${this.#state()}.`)
    } while (!this.#isQuiet())
  }

  async cut(): Promise<void> {
    const streams = this.#streams
    await this.#network.cut(0, 1)
    while (streams.some(stream => stream?.destroyed === false)) await this.#pause()
  }

  /** Bytes that were sent each way on the connection. */
  get sent(): Readonly<Record<Direction, number>> {
    return { ...this.#seen }
  }

  /** How many of them are handshake. */
  get handshake(): Readonly<Record<Direction, number>> {
    return { ...this.#handshake }
  }

  /** The extensions that the two have announced on it, as their own streams have them. */
  get announced(): ReadonlySet<string> {
    return new Set(this.#streams.flatMap(stream => stream?.extensions.names() ?? []))
  }

  close(): Promise<void> {
    return this.#network.close()
  }

  #isQuiet(): boolean {
    const [one, other] = this.#streams
    if (one === undefined || other === undefined) return false
    if (one.destroyed || other.destroyed) return one.destroyed && other.destroyed
    const [dialler, answerer] = one.initiator ? [one, other] : [other, one]
    return (
      dialler.bytesSent > 0 &&
      this.#hasPassed('up', dialler, answerer) &&
      this.#hasPassed('down', answerer, dialler)
    )
  }

  #hasPassed(direction: Direction, sender: ProtocolStream, receiver: ProtocolStream): boolean {
    return sender.bytesSent === this.#seen[direction] && receiver.bytesReceived === this.#passed[direction]
  }

  #state(): string {
    const ends = this.#streams.map(stream =>
      stream === undefined ? 'none' : `${stream.destroyed} ${stream.bytesSent} ${stream.bytesReceived}`
    )
    return JSON.stringify({ ends, seen: this.#seen, passed: this.#passed })
  }
}

interface PairNetwork {
  readonly networkers: readonly AnyNetworker[]
  attack(attack: Attack): void
  heal(one: number, other: number): Promise<void>
  cut(one: number, other: number): Promise<void>
  close(): Promise<void>
}

/** For a machine that is busy with something else. */
const PATIENCE_MS = 20_000

function inMemory(): Promise<PairNetwork> {
  return createNetwork({ stack: 'memory', connected: false })
}

async function onSockets(): Promise<PairNetwork> {
  const network = await createNetwork({ stack: 'networker' })
  await network.cut(0, 1)
  return network
}

function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

function moment(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 1))
}
