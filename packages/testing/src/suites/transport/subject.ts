import { ok } from 'node:assert/strict'
import { setImmediate, setTimeout } from 'node:timers/promises'
import type { Channel, Connection, Transport } from 'peersockets/plugin'

/** One of two peers that are connected. */
export interface TransportEnd {
  /** A new transport over the network of this peer. Several may be at work at once. */
  create(): Transport
  /** How many listeners there are on the network of this peer and on its connections, also those that others added. */
  listeners(): number
  /** How many `error` events there have been on the network of this peer and on its connections. */
  errors(): number
}

/** Two peers, connected to each other by one connection. */
export interface TransportPair {
  readonly alice: TransportEnd
  readonly bob: TransportEnd
  /** Breaks the connection, and resolves once both networks have seen that. */
  disconnect(): Promise<void>
  /** Connects the two again, and resolves once both networks have the connection. */
  connect(): Promise<void>
  /** Nothing passes any more, either way, and what is sent piles up at the sender. */
  stall(): void
  /** What has piled up passes. */
  resume(): void
  /** Leaves nothing open. */
  close(): Promise<void>
}

/** What a transport promises beyond the contract. */
export interface TransportPromises {
  /** Default true. False: `exportKey` throws `ERR_NO_KEY_EXPORT`. */
  exportsKeys?: boolean
  /** How long to wait for what must happen, in milliseconds, before a test fails. Default 15,000. */
  patienceMs?: number
}

export interface TransportSubject {
  createPair(): Promise<TransportPair>
  readonly promises: TransportPromises
}

/** A transport at work, and what it has reported. */
export class Started {
  readonly transport: Transport
  readonly connections: Connection[] = []
  readonly gone: Connection[] = []

  constructor(end: TransportEnd) {
    this.transport = end.create()
    this.transport.start({
      onconnection: connection => this.connections.push(connection),
      onclose: connection => this.gone.push(connection)
    })
  }

  /** The connection that was reported last. */
  get connection(): Connection {
    const connection = this.connections.at(-1)
    ok(connection !== undefined, 'no connection was reported')
    return connection
  }
}

/** A channel, and what it has heard. */
export class Heard {
  readonly channel: Channel
  /** As they were when they came. */
  readonly frames: Buffer[] = []
  /** The buffers that were lent. */
  readonly lent: Buffer[] = []
  /** `early` is an `open` before `open()` had returned. */
  readonly events: ('open' | 'early' | 'close')[] = []

  constructor(connection: Connection, protocol: string) {
    let opened = false
    this.channel = connection.open(protocol, {
      onmessage: frame => {
        this.frames.push(Buffer.from(frame))
        this.lent.push(frame)
      },
      onopen: () => this.events.push(opened ? 'open' : 'early'),
      onclose: () => this.events.push('close')
    })
    opened = true
  }

  get texts(): string[] {
    return this.frames.map(String)
  }
}

/** Two peers at work, and the means to wait for what they do. */
export interface Scene {
  readonly pair: TransportPair
  readonly alice: Started
  readonly bob: Started
  /** Fails when it takes longer than the suite's patience. */
  until(happened: () => boolean, what: string): Promise<void>
  /** What `promise` resolves with. Fails when that takes longer than the suite's patience. */
  resolved<T>(promise: Promise<T>, what: string): Promise<T>
  /** A protocol that two have open, and know of each other. */
  openBoth(
    one: Started,
    other: Started,
    protocol?: string
  ): Promise<{ readonly near: Heard; readonly far: Heard }>
  /** Resolves once everything that the two sent before has arrived, and what it caused has come back. */
  settled(): Promise<void>
}

const LOOK_EVERY_MS = 2

/** Turns of the event loop: what was about to happen at once has happened. */
export async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn++) await setImmediate()
}

/** Plays a scene, after which both transports are stopped and the pair is closed, also when it has failed. */
export async function withPair(
  subject: TransportSubject,
  play: (scene: Scene) => Promise<void>
): Promise<void> {
  const { patienceMs = 15_000 } = subject.promises
  const pair = await subject.createPair()
  try {
    const [alice, bob] = [new Started(pair.alice), new Started(pair.bob)]
    const until: Scene['until'] = async (happened, what) => {
      for (let waited = 0; !happened(); waited += LOOK_EVERY_MS) {
        ok(waited < patienceMs, `waited in vain for ${what}`)
        await setTimeout(LOOK_EVERY_MS)
      }
    }
    const resolved: Scene['resolved'] = async (promise, what) => {
      let over = false
      const ended = promise.finally(() => {
        over = true
      })
      await Promise.race([ended, until(() => over, `${what} to resolve`)])
      return ended
    }
    const openBoth: Scene['openBoth'] = async (one, other, protocol = 'both') => {
      const [near, far] = [new Heard(one.connection, protocol), new Heard(other.connection, protocol)]
      await until(() => near.channel.remoteOpen && far.channel.remoteOpen, 'both to see the protocol open')
      return { near, far }
    }
    const settled: Scene['settled'] = async () => {
      const { near, far } = await openBoth(alice, bob, 'settled')
      for (const [from, to] of [
        [near, far],
        [far, near],
        [near, far]
      ] as const) {
        const before = to.frames.length
        from.channel.send(Buffer.alloc(1))
        await until(() => to.frames.length > before, 'what was sent before to arrive')
      }
      near.channel.close()
      far.channel.close()
    }
    await play({ pair, alice, bob, until, resolved, openBoth, settled })
    alice.transport.stop()
    bob.transport.stop()
  } finally {
    await pair.close()
  }
}
