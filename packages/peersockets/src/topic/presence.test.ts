import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Peersockets } from '../peersockets.js'
import type { Peer } from '../plugin.js'
import { keyOf, type Parties, type Party, parties, settled } from '../test-support/parties.js'
import type { TopicHandle } from './handle.js'

/** A topic on either wire, and what its handles are told of a peer. */
interface Watched {
  readonly handle: TopicHandle<Buffer>
  readonly log: string[]
  /** All peer objects that were given to callbacks. */
  readonly given: Set<Peer>
}

function watch(party: Party, isPrivate: boolean): Watched {
  const [log, given]: [string[], Set<Peer>] = [[], new Set()]
  const note = (what: string) => (peer: Peer) => {
    log.push(what)
    given.add(peer)
  }
  const handle = party.sockets.join('chat', {
    private: isPrivate,
    onpeerjoin: note('join'),
    onpeerleave: note('leave'),
    onmessage(message, peer) {
      log.push(message.toString())
      given.add(peer)
    }
  })
  return { handle, log, given }
}

/** Ends one of the connections between Ada and Bob: the oldest is number 0. */
async function end(network: Parties['network'], which: number): Promise<void> {
  const streams = [...(network.networkers[0]?.streams ?? [])]
  streams.at(which)?.destroy()
  await settled()
}

/** Ada and Bob, connected as often as that, before or after they join. */
async function pair(isPrivate: boolean, connections: number, joined: 'first' | 'last') {
  const { network, parties: all } = await parties(2, {}, false)
  const [ada, bob] = all
  const connect = async () => {
    for (let n = 0; n < connections; n++) await network.connect(n % 2, (n + 1) % 2)
    await settled()
  }
  if (joined === 'last') await connect()
  const [atAda, atBob] = [watch(ada, isPrivate), watch(bob, isPrivate)]
  if (joined === 'first') await connect()
  await settled()
  return { network, ada, bob, atAda, atBob }
}

describe.each([
  ['public', false],
  ['private', true]
])('a peer in a %s topic', (_kind, isPrivate) => {
  describe.each(['first', 'last'] as const)(
    'with several connections, when the topic was joined %s',
    joined => {
      test.each([2, 3])('is one peer, with %i connections', async connections => {
        const { ada, bob, atAda, atBob } = await pair(isPrivate, connections, joined)
        expect(ada.sockets.stats.connections).toBe(connections)
        expect([atAda.log, atBob.log]).toEqual([['join'], ['join']])
        expect([...atAda.handle.peers].map(({ remotePublicKey }) => remotePublicKey)).toEqual([keyOf(bob)])
        expect([...atBob.handle.peers].map(({ remotePublicKey }) => remotePublicKey)).toEqual([keyOf(ada)])
      })

      test.each([
        ['the older one first', [0, 0]],
        ['the newer one first', [-1, 0]]
      ])('leaves with the last of them, %s', async (_order, [first = 0, second = 0]) => {
        const { network, ada, atAda, atBob } = await pair(isPrivate, 2, joined)
        await end(network, first)
        expect(ada.sockets.stats.connections).toBe(1)
        expect([atAda.log, atBob.log]).toEqual([['join'], ['join']])
        expect([atAda.handle.peers.size, atBob.handle.peers.size]).toEqual([1, 1])
        await end(network, second)
        expect([atAda.log, atBob.log]).toEqual([
          ['join', 'leave'],
          ['join', 'leave']
        ])
        expect([atAda.handle.peers.size, atBob.handle.peers.size]).toEqual([0, 0])
      })

      test('gets one copy of a broadcast, and of what is sent', async () => {
        const { bob, atAda, atBob } = await pair(isPrivate, 3, joined)
        expect(atAda.handle.broadcast('to all')).toBe(1)
        atAda.handle.send('to you', keyOf(bob))
        expect(atAda.handle.broadcast('but you', { except: keyOf(bob) })).toBe(0)
        await settled()
        expect(atBob.log).toEqual(['join', 'to all', 'to you'])
      })

      test('has one object, from the first of its connections to the last', async () => {
        const { network, ada, bob, atAda, atBob } = await pair(isPrivate, 2, joined)
        const speak = async () => {
          atAda.handle.send('x', keyOf(bob))
          atBob.handle.send('y', keyOf(ada))
          await settled()
        }
        await speak()
        const [known] = atAda.handle.peers
        const late = watch(ada, isPrivate)
        await end(network, 0)
        await speak()
        await network.connect(1, 0)
        await settled()
        await speak()
        expect([...atAda.handle.peers]).toEqual([known])
        await end(network, 0)
        await speak()
        await end(network, 0)
        expect([atAda.given, late.given]).toEqual([new Set([known]), new Set([known])])
        expect([...atAda.given][0]).toBe(known)
        expect(atBob.given.size).toBe(1)
        expect(late.log.filter(entry => entry !== 'y')).toEqual(['join', 'leave'])
      })
    }
  )

  test('is sent to on its newest connection', async () => {
    const { network, parties: all } = await parties(2, {}, false)
    const [ada, bob] = all
    const [atAda, atBob] = [watch(ada, isPrivate), watch(bob, isPrivate)]
    const older = await network.connect(0, 1)
    await settled()
    const newer = await network.connect(0, 1)
    await settled()
    older.stall()
    atAda.handle.send('sent', keyOf(bob))
    atAda.handle.broadcast('broadcast')
    await settled()
    expect(atBob.log).toEqual(['join', 'sent', 'broadcast'])
    await newer.disconnect()
    await settled()
    atAda.handle.send('piles up', keyOf(bob))
    atAda.handle.broadcast('piles up too')
    await settled()
    expect(atBob.log).toEqual(['join', 'sent', 'broadcast'])
    older.resume()
    await settled()
    expect(atBob.log).toEqual(['join', 'sent', 'broadcast', 'piles up', 'piles up too'])
    expect([ada.codes(), bob.codes()]).toEqual([[], []])
  })

  test('is told once to a handle that comes late, however many connections it has', async () => {
    const { network, ada, bob, atBob } = await pair(isPrivate, 2, 'first')
    const late = watch(ada, isPrivate)
    expect(late.log).toEqual([])
    await settled()
    expect(late.log).toEqual(['join'])
    await end(network, 0)
    const later = watch(ada, isPrivate)
    await settled()
    atBob.handle.close()
    await settled()
    expect([late.log, later.log]).toEqual([
      ['join', 'leave'],
      ['join', 'leave']
    ])
    watch(bob, isPrivate)
    await settled()
    expect([late.log, later.log]).toEqual([
      ['join', 'leave', 'join'],
      ['join', 'leave', 'join']
    ])
  })

  test('that goes before a late handle was told of it is not told to it at all', async () => {
    const { ada, atBob, network } = await pair(isPrivate, 2, 'first')
    await end(network, 0)
    atBob.handle.close()
    const late = watch(ada, isPrivate)
    for (const stream of network.networkers[0]?.streams ?? []) stream.destroy()
    await settled()
    expect(['', 'join,leave']).toContain(late.log.join())
  })

  test('leaves the topic on all its connections at once, and comes back on all', async () => {
    const { bob, atAda, atBob } = await pair(isPrivate, 3, 'first')
    for (let round = 1; round <= 3; round++) {
      bob.sockets.leave('chat')
      await settled()
      expect(atAda.handle.peers.size).toBe(0)
      const again = watch(bob, isPrivate)
      await settled()
      expect(atAda.handle.peers.size).toBe(1)
      expect(again.log).toEqual(['join'])
      expect(atAda.log).toHaveLength(1 + 2 * round)
    }
    expect(atAda.log.join()).toBe('join,leave,join,leave,join,leave,join')
    // Whoever leaves is told of nobody else's leaving.
    expect(atBob.log).toEqual(['join'])
  })

  test('of one key on the networks of two Peersockets is in each of them by itself', async () => {
    const { network, ada, bob, atAda, atBob } = await pair(isPrivate, 2, 'first')
    const second = new Peersockets(bob.networker)
    const log: string[] = []
    second.join('chat', {
      private: isPrivate,
      onpeerjoin: () => log.push('join'),
      onpeerleave: () => log.push('leave')
    })
    await settled()
    // At Ada there is one Bob, whether he has joined once or twice.
    expect([atAda.log, log]).toEqual([['join'], ['join']])
    await bob.sockets.leave('chat')
    await settled()
    expect([atAda.log, atAda.handle.peers.size]).toEqual([['join'], 1])
    await end(network, 0)
    expect([atAda.log, atBob.log, log]).toEqual([['join'], ['join'], ['join']])
    await second.leave()
    await settled()
    expect([atAda.log, atAda.handle.peers.size]).toEqual([['join', 'leave'], 0])
    expect(ada.codes()).toEqual([])
  })
})

type Step =
  | { readonly kind: 'connect'; readonly dialler: 0 | 1 }
  | { readonly kind: 'end'; readonly which: number; readonly by: 0 | 1 }
  | { readonly kind: 'join' | 'close'; readonly who: 0 | 1; readonly which: number }
  | { readonly kind: 'leave'; readonly who: 0 | 1 }

const who = fc.constantFrom(0 as const, 1 as const)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('connect' as const), dialler: who }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('end' as const), which: fc.nat(3), by: who }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('join' as const), who, which: fc.constant(0) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('close' as const), who, which: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), who }) }
)

/** One handle of the model: what it was told, which is what it has seen of the truth. */
interface Model {
  readonly watched: Watched
  readonly expected: string[]
  seen: boolean
}

/** What is true of two peers after each step, against what their handles were told. */
class Truth {
  readonly #sides: readonly [Party, Party]
  readonly #open: [Model[], Model[]] = [[], []]
  readonly #closed: Model[] = []
  readonly #joins: [number, number] = [0, 0]

  constructor(
    readonly network: Parties['network'],
    all: readonly [Party, Party],
    readonly isPrivate: boolean
  ) {
    this.#sides = all
  }

  /** Resolves before the other side can have heard of it. */
  async take(next: Step): Promise<void> {
    switch (next.kind) {
      case 'connect':
        await this.network.connect(next.dialler, 1 - next.dialler)
        break
      case 'end': {
        const streams = [...this.#sides[next.by].networker.streams]
        if (streams.length > 0) streams[next.which % streams.length]?.destroy()
        break
      }
      case 'join':
        this.#open[next.who].push({
          watched: watch(this.#sides[next.who], this.isPrivate),
          expected: [],
          seen: false
        })
        this.#joins[next.who]++
        break
      case 'close': {
        const open = this.#open[next.who]
        const [model] = open.splice(next.which % Math.max(open.length, 1), 1)
        if (model === undefined) break
        void model.watched.handle.close()
        this.#closed.push(model)
        break
      }
      case 'leave':
        void this.#sides[next.who].sockets.leave('chat')
        this.#closed.push(...this.#open[next.who].splice(0))
        break
    }
  }

  /** Everything has arrived: each handle knows the truth, and was told of nothing else. */
  async check(exactly: boolean): Promise<void> {
    await settled()
    const { networkers } = this.network
    const connected = networkers[0]?.streams.size ?? 0
    expect(networkers[1]?.streams.size).toBe(connected)
    for (const here of [0, 1] as const) {
      const there = this.#open[here === 0 ? 1 : 0]
      const present = connected > 0 && there.length > 0
      for (const model of this.#open[here]) {
        if (model.seen !== present) model.expected.push(present ? 'join' : 'leave')
        model.seen = present
        const { handle, log, given } = model.watched
        expect(handle.peers.size).toBe(present ? 1 : 0)
        if (exactly) expect(log).toEqual(model.expected)
        else this.#alternates(log, present)
        for (const peer of handle.peers) expect(given.has(peer)).toBe(true)
      }
    }
    for (const { watched, expected } of this.#closed) {
      if (exactly) expect(watched.log).toEqual(expected)
      else this.#alternates(watched.log, undefined)
    }
    for (const side of this.#sides) expect(side.codes()).toEqual([])
    await this.#reach()
  }

  #alternates(log: readonly string[], present: boolean | undefined): void {
    for (const [at, what] of log.entries()) expect(what).toBe(at % 2 === 0 ? 'join' : 'leave')
    if (present !== undefined) expect(log.length % 2 === 1).toBe(present)
  }

  /** A broadcast reaches the other side once if it is there, and each handle of it once. */
  async #reach(): Promise<void> {
    for (const here of [0, 1] as const) {
      const [first] = this.#open[here]
      if (first === undefined) continue
      const there = this.#open[here === 0 ? 1 : 0]
      const reached = first.watched.handle.broadcast('hello')
      expect(reached).toBe(first.watched.handle.peers.size)
      await settled()
      for (const { watched } of there) {
        const heard = watched.log.filter(entry => entry === 'hello')
        expect(heard).toHaveLength(reached)
        watched.log.splice(0, watched.log.length, ...watched.log.filter(entry => entry !== 'hello'))
      }
    }
  }
}

describe.each([
  ['public', false],
  ['private', true]
])('whatever happens, in a %s topic', (_kind, isPrivate) => {
  test('each handle is told of each coming and going of the peer, and of nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async steps => {
        const { network, parties: all } = await parties(2, {}, false)
        const truth = new Truth(network, [all[0], all[1]], isPrivate)
        for (const next of steps) {
          await truth.take(next)
          await truth.check(true)
        }
        await network.close()
      }),
      { numRuns: 25 }
    )
  })

  test('and however fast it happens, the last that a handle was told is true', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 8 }), { maxLength: 8 }),
        async bursts => {
          const { network, parties: all } = await parties(2, {}, false)
          const truth = new Truth(network, [all[0], all[1]], isPrivate)
          for (const burst of bursts) {
            for (const next of burst) await truth.take(next)
            await truth.check(false)
          }
          await network.close()
        }
      ),
      { numRuns: 40 }
    )
  })
})
