import { createNetwork, type MemoryNetworker } from '@peersockets/testing'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { Peersockets } from '../peersockets.js'
import type { Layer, Session } from '../plugin.js'
import { settled } from '../test-support/parties.js'
import { Path } from '../test-support/path.js'
import { defineTopic } from '../topic/definition.js'
import { GREETING_INTERVAL_MS } from './bounds.js'

/** Signs with the key of the session and a count of frames, so that nothing is taken twice, or from another session. */
const signing = {
  name: 'signing',
  open({ exportKey }: Session): Layer {
    const { send, receive } = exportKey('test')
    let [sent, received] = [0, 0]
    return {
      send: frame => Buffer.concat([send.subarray(0, 8), Buffer.of(sent++ % 256), frame]),
      receive(frame) {
        if (!frame.subarray(0, 8).equals(receive.subarray(0, 8))) throw new Error('A wrong key.')
        if (frame[8] !== received++ % 256) throw new Error('A frame is missing, or comes twice.')
        return frame.subarray(9)
      }
    }
  }
}
const NAMES = ['a', 'b', 'c']
const TOPICS = NAMES.map(name => defineTopic({ name, middleware: [signing] }))

/** One end: the `Peersockets` that it has, one after another, and what each topic heard. */
class End {
  sockets: Peersockets
  readonly codes: string[] = []
  readonly heard: string[] = []
  readonly #networker: MemoryNetworker

  constructor(networker: MemoryNetworker) {
    this.#networker = networker
    this.sockets = this.#create()
  }

  get key(): Buffer {
    return this.#networker.keyPair.publicKey
  }

  /** In how many topics it sees somebody. */
  get present(): number {
    return this.sockets.inspect().topics.filter(({ peers }) => peers.length > 0).length
  }

  joinAll(): void {
    for (const at of TOPICS.keys()) this.join(at)
  }

  join(at: number): void {
    const topic = TOPICS[at]
    if (topic === undefined || this.sockets.stats.topics.has(topic.name ?? '')) return
    this.sockets.join(topic, { onmessage: message => this.heard.push(message.toString()) })
  }

  leave(at: number): void {
    const name = NAMES[at]
    if (name !== undefined) void this.sockets.leave(name, { timeout: 0 })
  }

  /** Another one takes the place of the one that is there. */
  async replace(): Promise<void> {
    await this.sockets.stop({ timeout: 0 })
    this.sockets = this.#create()
  }

  /** Says something in every topic that it is in, to whoever is there. */
  say(text: string): void {
    for (const [at, topic] of TOPICS.entries())
      if (this.sockets.stats.topics.has(NAMES[at] ?? ''))
        this.sockets.join(topic).broadcast(`${NAMES[at]} ${text}`)
  }

  #create(): Peersockets {
    return new Peersockets(this.#networker, { onreject: ({ code }) => this.codes.push(code) })
  }
}

async function twoEnds() {
  const network = await createNetwork({ stack: 'memory' })
  const streams = network.streams(0, 1)
  const paths = streams.map(stream => new Path(stream))
  const [a, b] = network.networkers.map(networker => new End(networker))
  const [toA, toB] = paths
  if (a === undefined || b === undefined || toA === undefined || toB === undefined)
    throw new RangeError('There are two.')
  return { network, a, b, toA, toB }
}

/** Both are in the same topics, see each other in them, and hear each other there, once. */
async function expectWell(a: End, b: End): Promise<void> {
  const common = NAMES.filter(name => [a, b].every(({ sockets }) => sockets.stats.topics.has(name)))
  expect([a.present, b.present]).toEqual([common.length, common.length])
  for (const end of [a, b]) end.heard.length = 0
  a.say('from a')
  b.say('from b')
  await settled()
  expect(a.heard.toSorted()).toEqual(common.map(name => `${name} from b`))
  expect(b.heard.toSorted()).toEqual(common.map(name => `${name} from a`))
}

describe('a Peersockets that takes the place of another', () => {
  test.each([1, 2, 3])(
    '%i times within a round trip is met in every topic, and believes nothing that was meant for another',
    async times => {
      const { network, a, b, toA, toB } = await twoEnds()
      onTestFinished(() => network.close())
      for (const end of [a, b]) end.joinAll()
      await settled()
      await expectWell(a, b)
      toA.hold()
      toB.hold()
      b.say('too late')
      for (let n = 0; n < times; n++) {
        await a.replace()
        a.joinAll()
        b.say('too late')
        await settled()
      }
      a.heard.length = 0
      toB.open()
      await settled()
      toA.open()
      await settled()
      expect(a.heard).toEqual([])
      await expectWell(a, b)
      expect([a.codes, b.codes]).toEqual([[], []])
    }
  )

  test('at both ends at the same time is met in every topic', async () => {
    const { network, a, b, toA, toB } = await twoEnds()
    onTestFinished(() => network.close())
    for (const end of [a, b]) end.joinAll()
    await settled()
    for (const path of [toA, toB]) path.hold()
    for (let n = 0; n < 2; n++) {
      for (const end of [a, b]) {
        end.say('too late')
        await end.replace()
        end.joinAll()
      }
    }
    for (const end of [a, b]) end.heard.length = 0
    for (const path of [toA, toB]) path.open()
    await settled()
    expect([a.heard, b.heard]).toEqual([[], []])
    await expectWell(a, b)
    expect([a.codes, b.codes]).toEqual([[], []])
  })

  async function inFakeTime() {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    onTestFinished(() => void vi.useRealTimers())
    const { network, a, b } = await twoEnds()
    onTestFinished(() => network.close())
    for (const end of [a, b]) end.joinAll()
    await settled()
    return { a, b }
  }

  /** As `replace`, where time stands still. */
  async function replace(end: End): Promise<void> {
    const replaced = end.replace()
    await settled()
    vi.advanceTimersByTime(0)
    await replaced
    end.joinAll()
    await settled()
  }

  test('the 17th time on a connection, and the 50th, is met after 2 seconds at most', async () => {
    const { a, b } = await inFakeTime()
    let late = 0
    for (let n = 1; n <= 50; n++) {
      await replace(a)
      if (a.present === 0) {
        late++
        expect(n).toBeGreaterThan(15)
        vi.advanceTimersByTime(GREETING_INTERVAL_MS)
        await settled()
      }
      await expectWell(a, b)
    }
    expect(late).toBeGreaterThan(0)
    expect(b.codes).toEqual(Array(late).fill('ERR_LIMIT_EXCEEDED'))
    // Who does so has not to be told of it.
    expect(a.codes).toEqual([])
  })

  test('the 100th time on a connection is met at once when they are 2 seconds apart', async () => {
    const { a, b } = await inFakeTime()
    for (let n = 1; n <= 100; n++) {
      await replace(a)
      await expectWell(a, b)
      vi.advanceTimersByTime(GREETING_INTERVAL_MS)
    }
    expect([a.codes, b.codes]).toEqual([[], []])
  })
})

/** What happens to one of two ends, or to what is on its way to it. */
const anyStep = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ what: fc.constantFrom('join', 'leave'), at: fc.nat(2), count: fc.constant(0) })
  },
  {
    weight: 2,
    arbitrary: fc.record({ what: fc.constant('say'), at: fc.constant(0), count: fc.constant(0) })
  },
  {
    weight: 5,
    arbitrary: fc.record({
      what: fc.constant('pass'),
      at: fc.constant(0),
      count: fc.integer({ min: 1, max: 4 })
    })
  },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('replace'), at: fc.constant(0), count: fc.constant(0) })
  }
)
const anyScript = fc.array(fc.tuple(fc.nat(1), anyStep), { minLength: 1, maxLength: 40 })

test('however two ends join, leave and are replaced while all that they say is late, they agree in the end', async () => {
  await fc.assert(
    fc.asyncProperty(anyScript, async script => {
      const { network, a, b, toA, toB } = await twoEnds()
      try {
        for (const path of [toA, toB]) path.hold()
        let replaced = 0
        for (const [whose, { what, at, count }] of script) {
          const [end, path] = whose === 0 ? [a, toA] : [b, toB]
          if (what === 'join') end.join(at)
          else if (what === 'leave') end.leave(at)
          else if (what === 'say') end.say('whenever')
          else if (what === 'pass') path.release(count)
          // So often that nobody is told that it is too often.
          else if (replaced++ < 6) await end.replace()
          await settled()
        }
        for (const path of [toA, toB]) path.open()
        await settled()
        await expectWell(a, b)
        for (const end of [a, b]) end.joinAll()
        await settled()
        await expectWell(a, b)
        // What was said to one who left in the meantime may be reported; that it was said wrongly may not.
        const allowed = new Set(['ERR_PEER_NOT_IN_TOPIC'])
        expect([...a.codes, ...b.codes].filter(code => !allowed.has(code))).toEqual([])
      } finally {
        await network.close()
      }
    }),
    { numRuns: 150 }
  )
})
