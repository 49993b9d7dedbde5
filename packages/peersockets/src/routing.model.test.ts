import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keyOf, type Party, parties, settled } from './test-support/parties.js'
import type { TopicHandle } from './topic/handle.js'

// Names that are neighbours in the sorted list of extensions, where a wrong number hits the next one.
const TOPICS = ['a', 'aa', 'ab', 'b', 'c', 'd', 'e', 'z'] as const
type TopicName = (typeof TOPICS)[number]

interface Act {
  readonly kind: 'join' | 'leave' | 'send'
  readonly side: 0 | 1
  readonly topic: TopicName
}
type Step = Act | { readonly kind: 'settle' } | { readonly kind: 'reconnect' }

const side = fc.constantFrom<0 | 1>(0, 1)
const topic = fc.constantFrom(...TOPICS)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('join' as const), side, topic }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('leave' as const), side, topic }) },
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('send' as const), side, topic }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'settle' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reconnect' as const }) }
)

interface Sent {
  readonly id: number
  readonly topic: TopicName
  /** Whether the receiver has been in the topic from the sending on. */
  certain: boolean
}

/** One side, with what the model knows of it. */
class Side {
  readonly handles = new Map<TopicName, TopicHandle<Uint8Array | string, Buffer>>()
  /** Messages on their way to this side. */
  underway: Sent[] = []
  readonly received: { readonly id: number; readonly sentOn: string; readonly heardOn: string }[] = []

  constructor(readonly party: Party) {}

  join(name: TopicName): void {
    if (this.handles.has(name)) return
    const handle = this.party.sockets.join(name, {
      onmessage: message => {
        const [id, sentOn] = message.toString().split(' ')
        this.received.push({ id: Number(id), sentOn: sentOn ?? '', heardOn: name })
      }
    })
    this.handles.set(name, handle)
  }

  leave(name: TopicName): void {
    this.party.sockets.leave(name)
    this.handles.delete(name)
    for (const sent of this.underway) if (sent.topic === name) sent.certain = false
  }
}

async function run(steps: readonly Step[]): Promise<{ delivered: number }> {
  const {
    network,
    parties: [ada, bob]
  } = await parties()
  const sides = [new Side(ada), new Side(bob)] as const
  let next = 0

  const check = async (): Promise<void> => {
    await settled()
    for (const [n, receiver] of sides.entries()) {
      const other = sides[n === 0 ? 1 : 0]
      const ids = receiver.received.map(({ id }) => id)
      for (const { sentOn, heardOn } of receiver.received) expect(heardOn).toBe(sentOn)
      expect(new Set(ids).size).toBe(ids.length)
      for (const name of TOPICS) {
        const ofTopic = receiver.received.filter(({ heardOn }) => heardOn === name).map(({ id }) => id)
        expect(ofTopic).toEqual(ofTopic.toSorted((left, right) => left - right))
      }
      for (const { id, certain } of receiver.underway) if (certain) expect(ids).toContain(id)
      receiver.underway = []
      for (const [name, handle] of receiver.handles)
        expect(handle.peers.size).toBe(other.handles.has(name) ? 1 : 0)
    }
  }

  for (const action of steps) {
    if (action.kind === 'settle') await check()
    else if (action.kind === 'reconnect') {
      await check()
      await network.cut(0, 1)
      await network.heal(0, 1)
    } else {
      const [from, to] = action.side === 0 ? sides : ([sides[1], sides[0]] as const)
      if (action.kind === 'join') from.join(action.topic)
      else if (action.kind === 'leave') from.leave(action.topic)
      else {
        const handle = from.handles.get(action.topic)
        if (handle === undefined) continue
        const id = next++
        handle.send(`${id} ${action.topic}`, keyOf(to.party))
        to.underway.push({ id, topic: action.topic, certain: to.handles.has(action.topic) })
      }
    }
  }
  await check()
  expect([...ada.codes(), ...bob.codes()]).toEqual([])
  await network.close()
  return { delivered: sides[0].received.length + sides[1].received.length }
}

describe('whatever two peers join, leave, rejoin and send', () => {
  test('every message arrives on its topic or nowhere, once, in order, and presence is right', async () => {
    let delivered = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 100, size: 'max' }), async steps => {
        delivered += (await run(steps)).delivered
      }),
      { numRuns: 150 }
    )
    // The property is worth something only if messages did arrive.
    expect(delivered).toBeGreaterThan(100)
  })

  test('after leaving a topic its neighbours keep their messages', async () => {
    const join = (topic: TopicName) => [0, 1].map(side => ({ kind: 'join', side, topic }) as Step)
    const { delivered } = await run([
      ...(['a', 'b', 'c'] as const).flatMap(join),
      { kind: 'settle' },
      { kind: 'leave', side: 0, topic: 'a' },
      { kind: 'send', side: 0, topic: 'b' },
      { kind: 'send', side: 0, topic: 'c' },
      { kind: 'leave', side: 0, topic: 'b' },
      { kind: 'send', side: 0, topic: 'c' }
    ])
    expect(delivered).toBe(3)
  })
})
