import { createNetwork, type MemoryNetwork } from '@peersockets/testing'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { PeersocketsError } from '../errors.js'
import type { Middleware, Peer } from '../plugin.js'
import { settled } from '../test-support/parties.js'
import { defineTopic } from '../topic/definition.js'
import { ProtocolConnection } from '../transport/protocol-connection.js'
import { BlockPool } from '../wire/block-pool.js'
import { isKeepingUp } from './backpressure.js'
import { ConnectedTopic } from './connected-topic.js'
import { PeerConnection } from './peer-connection.js'
import { LEAVE_TIMEOUT_MS } from './progress-timeout.js'
import type { TopicConfig } from './topic-config.js'

const LIMITS = { maxMessageBytes: 10_000, highWaterMark: 500, maxQueuedBytes: 5_000 }
const LARGEST = 1_500
/** What a message may cost besides its bytes wherever it waits. */
const OVERHEAD = 64

type Mood = 'pass' | 'wait' | 'throw' | 'nonsense'
type Step =
  | { readonly kind: 'join'; readonly end: 0 | 1; readonly topic: number; readonly plan: number }
  | { readonly kind: 'leave' | 'flush'; readonly end: 0 | 1; readonly topic: number }
  | { readonly kind: 'send'; readonly end: 0 | 1; readonly topic: number; readonly length: number }
  | { readonly kind: 'drained'; readonly end: 0 | 1 }
  | { readonly kind: 'settle promise'; readonly which: number; readonly well: boolean }
  | { readonly kind: 'stall' | 'resume' | 'turn' | 'quiet' }

const end = fc.constantFrom(0 as const, 1 as const)
const topic = fc.nat(2)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('join' as const), end, topic, plan: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('leave' as const, 'flush'), end, topic }) },
  {
    weight: 14,
    arbitrary: fc.record({ kind: fc.constant('send' as const), end, topic, length: fc.nat(LARGEST) })
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('drained' as const), end }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('settle promise' as const),
      which: fc.nat(9),
      well: fc.boolean()
    })
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('stall' as const, 'resume', 'turn', 'quiet') }) }
)
const moods = fc.array(fc.constantFrom<Mood>('pass', 'pass', 'wait', 'wait', 'throw', 'nonsense'), {
  minLength: 1,
  maxLength: 12
})

/** Two ends of one connection, each with all that may wait on it, and middleware whose promises the test settles. */
class Encounter {
  readonly ends: readonly [End, End]
  readonly pending: ((well: boolean) => void)[] = []
  readonly #plans: readonly TopicConfig[]

  constructor(
    readonly network: MemoryNetwork,
    moods: readonly Mood[]
  ) {
    let at = 0
    const stage = (frame: Buffer): Buffer | Promise<Buffer> => {
      switch (moods[at++ % moods.length]) {
        case 'throw':
          throw new Error('in a bad mood')
        case 'nonsense':
          // @ts-expect-error what JavaScript may return
          return 'nonsense'
        case 'wait':
          return new Promise((resolve, reject) => {
            this.pending.push(well => (well ? resolve(frame) : reject(new Error('in a bad mood'))))
          })
        default:
          return frame
      }
    }
    const moody: Middleware = { name: 'moody', open: () => ({ send: stage, receive: stage }) }
    this.#plans = [
      defineTopic({ private: false }),
      defineTopic({}),
      defineTopic({ private: false, middleware: [moody] }),
      defineTopic({ middleware: [moody] }),
      defineTopic({ batch: false, middleware: [moody, moody] }),
      defineTopic({ middleware: [moody, moody] })
    ]
    const [near, far] = network.streams(0, 1)
    this.ends = [endOf(near), endOf(far)]
  }

  /** Both are in every topic at first, with the same middleware. */
  async begin(): Promise<void> {
    for (const each of this.ends) {
      for (const [topic, plan] of [3, 4, 5].entries()) each.join(topic, this.#plans[plan])
    }
    await settled()
  }

  async play(step: Step): Promise<void> {
    switch (step.kind) {
      case 'join':
        this.ends[step.end].join(step.topic, this.#plans[step.plan])
        break
      case 'leave':
        this.ends[step.end].leave(step.topic)
        break
      case 'flush':
        this.ends[step.end].topics[step.topic]?.flush()
        break
      case 'send':
        this.ends[step.end].send(step.topic, step.length)
        break
      case 'drained':
        this.ends[step.end].drained()
        break
      case 'settle promise':
        this.pending.splice(step.which % Math.max(1, this.pending.length), 1)[0]?.(step.well)
        break
      case 'stall':
        this.network.stall(0, 1)
        break
      case 'resume':
        this.network.resume(0, 1)
        break
      case 'turn':
        await new Promise(resolve => setImmediate(resolve))
        break
      case 'quiet':
        await settled()
        for (const each of this.ends) each.checkWaiters()
    }
    for (const each of this.ends) each.checkBounds()
  }
}

const DEAF = {
  onmessage() {},
  onreject() {},
  onfailure() {},
  onpresence() {}
}

class End {
  readonly topics: (ConnectedTopic<Peer> | undefined)[] = []
  waiting = 0
  waited = 0

  constructor(readonly peer: PeerConnection<Peer>) {}

  join(topic: number, plan: TopicConfig | undefined): void {
    if (plan === undefined || this.topics[topic] !== undefined) return
    const joined = new ConnectedTopic(this.peer, { name: `topic ${topic}`, definition: plan, ...DEAF })
    this.topics[topic] = joined
    joined.open()
  }

  leave(topic: number): void {
    void this.topics[topic]?.leave()
    this.topics[topic] = undefined
  }

  send(topic: number, length: number): void {
    try {
      this.topics[topic]?.enqueue(Buffer.alloc(length), length, undefined)
      isKeepingUp(this.peer)
    } catch (error) {
      if (!PeersocketsError.is(error)) throw error
    }
  }

  /** The connection is gone. */
  close(): void {
    for (const topic of this.topics) topic?.destroy()
    this.peer.close()
  }

  drained(): void {
    this.waiting++
    this.waited++
    void this.peer.drained().then(() => this.waiting--)
  }

  checkBounds(): void {
    const { outgoing, incoming, queuedBytes } = this.peer
    expect(outgoing.bytes).toBeGreaterThanOrEqual(0)
    expect(incoming.bytes).toBeGreaterThanOrEqual(0)
    // Each topic may have one frame at work in its middleware, whatever waits already.
    expect(incoming.bytes).toBeLessThanOrEqual(LIMITS.maxQueuedBytes + 3 * (LIMITS.maxQueuedBytes + OVERHEAD))
    expect(queuedBytes).toBeLessThanOrEqual(LIMITS.maxQueuedBytes + 20 * OVERHEAD + LARGEST)
  }

  checkWaiters(): void {
    if (this.peer.queuedBytes < LIMITS.highWaterMark) expect(this.waiting).toBe(0)
  }
}

function endOf(stream: ReturnType<MemoryNetwork['streams']>[0]): End {
  const { publicKey, remotePublicKey } = stream
  if (publicKey === null || remotePublicKey === null) throw new Error('The handshake is not over.')
  const connection = new ProtocolConnection({ remotePublicKey }, stream, publicKey, remotePublicKey)
  const remote = { peer: connection.peer, connections: [] }
  const events = { onviolation() {}, onsynced() {}, onpublicname() {} }
  return new End(new PeerConnection(connection, remote, LIMITS, new BlockPool(), events))
}

/** Plays the steps, lets `finish` end it, and looks whether anything is still counted. Gives what has waited. */
async function encounter(
  steps: readonly Step[],
  moods: readonly Mood[],
  finish: (encounter: Encounter) => Promise<void>
): Promise<{ readonly waited: number; readonly pending: number }> {
  const network = await createNetwork({ stack: 'memory' })
  try {
    const met = new Encounter(network, moods)
    await met.begin()
    for (const one of steps) await met.play(one)
    const pending = met.pending.length
    await finish(met)
    for (const { peer, waiting } of met.ends) {
      expect([peer.outgoing.bytes, peer.incoming.bytes, waiting]).toEqual([0, 0, 0])
    }
    return { waited: met.ends[0].waited + met.ends[1].waited, pending }
  } finally {
    await network.close()
  }
}

describe('whatever is sent, held, refused and left, with middleware in any mood, what is counted as queued', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  const endings: Record<string, (met: Encounter) => Promise<void>> = {
    'the last promise has settled, and the peer has read': async ({ network, pending }) => {
      network.resume(0, 1)
      for (let turn = 0; turn < 1000 && (turn < 20 || pending.length > 0); turn++) {
        pending.shift()?.(turn % 5 > 0)
        await new Promise(resolve => setImmediate(resolve))
      }
      await vi.advanceTimersByTimeAsync(LEAVE_TIMEOUT_MS)
      await settled()
    },
    'the topics were left, though no promise settles any more': async ({ network, ends }) => {
      network.resume(0, 1)
      for (const one of ends) for (const at of [0, 1, 2]) one.leave(at)
      await vi.advanceTimersByTimeAsync(2 * LEAVE_TIMEOUT_MS)
      await settled()
    },
    'both have let go of the connection, though no promise settles any more': async ({ network, ends }) => {
      network.resume(0, 1)
      for (const one of ends) for (const at of [0, 1, 2]) one.leave(at)
      for (const one of ends) one.peer.abandon('the test was over')
      for (const one of ends) one.peer.close()
      await vi.advanceTimersByTimeAsync(2 * LEAVE_TIMEOUT_MS)
      await settled()
    },
    'the connection is gone, though no promise settles any more': async ({ network, ends }) => {
      for (const one of ends) one.close()
      await network.cut(0, 1)
      await settled()
    }
  }

  test.each(Object.entries(endings))('is nothing once %s', async (_when, finish) => {
    const seen = { waited: 0, pending: 0 }
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60, size: 'max' }), moods, async (steps, moods) => {
        const { waited, pending } = await encounter(steps, moods, finish)
        seen.waited += waited
        seen.pending += pending
      }),
      { numRuns: 60 }
    )
    // Otherwise the property would say nothing about those who wait, or about promises.
    expect(seen.waited).toBeGreaterThan(50)
    expect(seen.pending).toBeGreaterThan(20)
  })
})
