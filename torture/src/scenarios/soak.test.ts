import { type JoinOptions, type Peer, Peersockets } from 'peersockets'
import { describe, expect, test } from 'vitest'
import { type MemorySample, memoryGrowth } from '../exchange/memory.js'
import { run } from '../run.js'
import { type AnyNetwork, STACKS, type StackName } from '../stacks.js'
import { soakOf } from './soak.js'

/** A `Peersockets` that does something with each message before it hands it over. */
function meddling(meddle: (message: unknown, n: number) => boolean) {
  return (network: AnyNetwork): Peersockets => {
    const sockets = new Peersockets(network)
    const join = sockets.join.bind(sockets) as (topic: unknown, options: object) => unknown
    let n = 0
    Reflect.set(sockets, 'join', (topic: unknown, options: JoinOptions<unknown> = {}) =>
      join(topic, {
        ...options,
        onmessage(message: unknown, peer: Peer) {
          if (meddle(message, n++)) options.onmessage?.(message, peer)
        }
      })
    )
    return sockets
  }
}

async function faultsOf(
  create: (network: AnyNetwork) => Peersockets,
  stack: StackName = 'networker'
): Promise<string> {
  const [result] = await run({
    scenarios: [soakOf({ stacks: [stack], create, messages: 40_000 })],
    seed: 1,
    more: (_scenario, rounds) => rounds < 1,
    onround() {}
  })
  return result?.faults.map(({ what }) => what).join('\n') ?? ''
}

describe('the soak finds', () => {
  test.each(STACKS)('a leak of one small object a message, on %s', async stack => {
    const kept: object[] = []
    const leaking = meddling((_message, n) => kept.push({ n }) > 0)
    expect(await faultsOf(leaking, stack)).toContain('Memory has grown: heap')
    expect(kept).toHaveLength(40_000)
  })

  test('a leak of bytes outside the heap', async () => {
    const kept: Buffer[] = []
    const leaking = meddling((_message, n) => n % 100 > 0 || kept.push(Buffer.alloc(10_000)) > 0)
    expect(await faultsOf(leaking)).toContain('external')
    expect(kept).toHaveLength(400)
  })

  test('two messages that change places', async () => {
    let kept: unknown
    const swapping = meddling((message, n) => {
      const { n: number } = message as { n: number }
      if (n === 100) kept = number
      if (n === 100 || n === 101) (message as { n: number }).n = 201 - number
      return true
    })
    expect(await faultsOf(swapping)).toBe('2 messages came out of order.')
    expect(kept).toBe(100)
  })
})

describe('memory is flat', () => {
  const samples = (heap: (n: number) => number): MemorySample[] =>
    Array.from({ length: 20 }, (_, n) => ({ at: n, heap: heap(n), external: 0 }))

  test('when only the beginning grows, or one sample stands out', () => {
    expect(memoryGrowth(samples(n => Math.min(n, 5) * 1e6))).toBeUndefined()
    expect(memoryGrowth(samples(n => (n === 18 ? 1e8 : 1e6)))).toBeUndefined()
  })

  test('unless it grows all the time', () => {
    expect(memoryGrowth(samples(n => n * 1e5))).toMatch(/heap by \d+ KiB/)
  })
})
