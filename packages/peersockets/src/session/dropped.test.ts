import { inspect } from 'node:util'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { PeersocketsError } from '../errors.js'
import type { Middleware } from '../plugin.js'
import { plainJson } from '../test-support/codecs.js'
import { keyOf, type Party, parties, settled } from '../test-support/parties.js'
import { defineTopic } from '../topic/definition.js'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const same = (frame: Buffer): Buffer => frame
const TOO_LARGE = Buffer.alloc(8 * 1024 * 1024 + 1)

const wires = describe.each([
  ['public', { private: false as const }],
  ['private', { private: true as const }],
  ['private, unbatched', { private: true as const, batch: false }]
])

/** What a party was told, with the code of each report. */
function told({ rejections }: Party): readonly (readonly [string, readonly unknown[]])[] {
  return rejections.map(({ error }) => [error.code, error.dropped])
}

function middleware(
  send: (frame: Buffer) => Buffer | Promise<Buffer>,
  scope: 'frame' | 'message' = 'frame'
): Middleware {
  return { name: 'mw', scope, open: () => ({ send, receive: same }) }
}

const honest = middleware(same)

wires('a message of ours on a %s topic that is dropped', (_kind, kind) => {
  test.each(['frame', 'message'] as const)(
    'is in the error that its layer for each %s causes late, as it was given',
    async scope => {
      const {
        parties: [ada, bob]
      } = await parties()
      bob.sockets.join(
        defineTopic({ ...kind, name: 'chat', codec: plainJson, middleware: [middleware(same, scope)] })
      )
      const fail = middleware(async () => Promise.reject(new Error('no ink')), scope)
      const room = ada.sockets.join(
        defineTopic({ ...kind, name: 'chat', codec: plainJson, middleware: [fail] })
      )
      await settled()
      const values = [1, 2, 3].map(n => ({ n }))
      for (const value of values) room.send(value, keyOf(bob))
      room.broadcast({ n: 4 })
      await settled()
      const dropped = ada.rejections.flatMap(({ error }) => error.dropped)
      expect(dropped).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }])
      for (const [at, value] of values.entries()) expect(dropped[at]).toBe(value)
      expect(new Set(ada.codes())).toEqual(new Set(['ERR_MIDDLEWARE_FAILED']))
    }
  )

  test('because its layer makes too much of it is in the error, thrown or told late', async () => {
    const {
      parties: [ada, bob]
    } = await parties(2, {}, true)
    for (const late of [false, true]) {
      const grow = middleware(late ? async () => TOO_LARGE : () => TOO_LARGE)
      bob.sockets.join(defineTopic({ ...kind, name: `chat ${late}`, codec: plainJson, middleware: [honest] }))
      const room = ada.sockets.join(
        defineTopic({ ...kind, name: `chat ${late}`, codec: plainJson, middleware: [grow] })
      )
      await settled()
      const [value, thrown] = [{ late }, [] as unknown[]]
      try {
        room.send(value, keyOf(bob))
      } catch (error) {
        thrown.push(error)
      }
      await settled()
      const errors = [...thrown, ...ada.rejections.splice(0).map(({ error }) => error)]
      expect(errors).toEqual([
        expect.objectContaining({ code: 'ERR_MESSAGE_TOO_LARGE', topic: `chat ${late}` })
      ])
      if (thrown.length === 0) expect(Object(errors[0]).dropped).toEqual([value])
    }
  })

  test('because the time is over after leaving is told in order, in one report', async () => {
    const {
      parties: [ada, bob]
    } = await parties()
    const stuck = middleware(() => new Promise<Buffer>(() => undefined))
    bob.sockets.join(defineTopic({ ...kind, name: 'chat', codec: plainJson, middleware: [honest] }))
    const room = ada.sockets.join(
      defineTopic({ ...kind, name: 'chat', codec: plainJson, middleware: [stuck] })
    )
    await settled()
    for (const n of [1, 2]) room.send(n, keyOf(bob))
    await settled()
    for (const n of [3, 4]) room.send(n, keyOf(bob))
    const left = ada.sockets.leave('chat', { timeout: 100 })
    await vi.advanceTimersByTimeAsync(100)
    await left
    expect(told(ada)).toEqual([['ERR_CLOSED', [1, 2, 3, 4]]])
  })

  test('because a broadcast finds the peer behind is told of that peer', async () => {
    const {
      network,
      parties: [ada, bob, carol]
    } = await parties(3, { maxQueuedBytes: 20_000, highWaterMark: 10_000 })
    const topic = defineTopic({ ...kind, name: 'chat', codec: plainJson })
    const heard: unknown[] = []
    bob.sockets.join(topic)
    carol?.sockets.join(topic, { onmessage: message => heard.push(message) })
    const room = ada.sockets.join(topic)
    await settled()
    network.stall(0, 1)
    room.send('x'.repeat(15_000), keyOf(bob))
    const value = { text: 'y'.repeat(10_000) }
    expect(room.broadcast(value)).toBe(1)
    await settled()
    expect(told(ada)).toEqual([['ERR_PEER_CONGESTED', [value]]])
    expect(ada.rejections[0]?.error.dropped[0]).toBe(value)
    expect(ada.rejections[0]?.peer.remotePublicKey).toEqual(keyOf(bob))
    expect(heard).toEqual([value])
  })
})

describe('a message of ours that is dropped', () => {
  const topic = defineTopic({ name: 'chat', codec: plainJson })

  test.each([
    ['ERR_PEER_NOT_IN_TOPIC', 'is not there', undefined],
    ['ERR_PIPELINE_MISMATCH', 'has another pipeline', defineTopic({ name: 'chat' })]
  ])(
    'as %s because the peer turns out to be one that %s, is told by itself, in order',
    async (code, _why, theirs) => {
      const {
        network,
        parties: [ada, bob]
      } = await parties(2, {}, false)
      if (theirs !== undefined) bob.sockets.join(theirs)
      const room = ada.sockets.join(topic)
      ada.networker.once('handshake', () => {
        for (const n of [1, 2, 3]) room.send({ n }, keyOf(bob))
      })
      await network.connect(0, 1)
      await settled()
      const values = told(ada).filter(([, dropped]) => dropped.length > 0)
      expect(values).toEqual([1, 2, 3].map(n => [code, [{ n }]]))
    }
  )

  test('is in no output: not of JSON, not of inspect, not in a log', async () => {
    const print = vi.spyOn(console, 'error').mockImplementation(() => {})
    const {
      parties: [ada, bob]
    } = await parties()
    const fail = middleware(async () => Promise.reject(new Error('no ink')))
    bob.sockets.join(defineTopic({ name: 'chat', codec: plainJson, middleware: [honest] }))
    const room = ada.sockets.join(defineTopic({ name: 'chat', codec: plainJson, middleware: [fail] }))
    await settled()
    ada.sockets.removeAllListeners('reject')
    const errors: PeersocketsError[] = []
    room.send({ password: 'correct horse' }, keyOf(bob))
    await settled()
    ada.sockets.on('reject', error => errors.push(error))
    room.send({ password: 'correct horse' }, keyOf(bob))
    await settled()
    const [error] = errors
    expect(error?.dropped).toEqual([{ password: 'correct horse' }])
    const outputs = [
      JSON.stringify(error),
      JSON.stringify({ ...error }),
      inspect(error, { depth: 9 }),
      `${error}`,
      error?.stack,
      JSON.stringify(ada.sockets.inspect()),
      inspect(ada.sockets.stats, { depth: 9 }),
      inspect(print.mock.calls, { depth: 9 })
    ]
    expect(print).toHaveBeenCalledOnce()
    for (const output of outputs) expect(output).not.toMatch(/correct horse|password|dropped:/)
    expect(Object.keys(error ?? {})).not.toContain('dropped')
  })

  test('cannot be put into an error or taken out of it by accident', () => {
    const error = new PeersocketsError('ERR_CLOSED', 'text', { dropped: [1] })
    expect(() => Object.assign(error, { dropped: [] })).toThrow(TypeError)
    expect(error.dropped).toEqual([1])
    expect(new PeersocketsError('ERR_CLOSED', 'text').dropped).toEqual([])
  })
})

type Mood = 'pass' | 'wait' | 'throw' | 'reject' | 'nonsense' | 'grow'
type Step =
  | { readonly kind: 'send' | 'broadcast'; readonly length: number }
  | { readonly kind: 'settle promise'; readonly which: number; readonly well: boolean }
  | { readonly kind: 'turn' | 'tick' | 'flush' | 'leave' | 'time' | 'stall' | 'resume' }

const mood = fc.constantFrom<Mood>(
  'pass',
  'pass',
  'pass',
  'wait',
  'wait',
  'throw',
  'reject',
  'nonsense',
  'grow'
)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constantFrom('send' as const, 'send', 'broadcast'),
      length: fc.constantFrom(0, 10, 1_000, 20_000, 70_000)
    })
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('settle promise' as const),
      which: fc.nat(9),
      well: fc.boolean()
    })
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom('turn' as const, 'turn', 'tick', 'flush', 'leave', 'time', 'stall', 'resume')
    })
  }
)

/** What may happen while the connection comes up, when nobody knows yet who is in the topic. */
const early: fc.Arbitrary<Step> = step.filter(({ kind }) =>
  ['send', 'broadcast', 'flush', 'leave'].includes(kind)
)

interface Way {
  readonly kind: { readonly private: false } | { readonly private: true; readonly batch: boolean }
  readonly scopes: readonly ('frame' | 'message')[]
}
const way: fc.Arbitrary<Way> = fc.record({
  kind: fc.constantFrom<Way['kind']>(
    { private: false },
    { private: true, batch: true },
    { private: true, batch: false }
  ),
  scopes: fc.constantFrom<Way['scopes']>(
    ['frame'],
    ['message'],
    ['message', 'frame'],
    ['frame', 'message', 'frame']
  )
})

describe('whatever mood the middleware is in', () => {
  test('each message is delivered, thrown or reported, once, and what is reported of a topic at once is in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        way,
        fc.array(mood, { minLength: 1, maxLength: 12 }),
        fc.array(early, { maxLength: 5 }),
        fc.array(step, { minLength: 1, maxLength: 40 }),
        play
      ),
      { numRuns: 120 }
    )
  })

  async function play(
    { kind, scopes }: Way,
    moods: readonly Mood[],
    first: readonly Step[],
    steps: readonly Step[]
  ): Promise<void> {
    const {
      network,
      parties: [ada, bob]
    } = await parties(2, { maxQueuedBytes: 200_000, highWaterMark: 100_000 }, false)
    const pending: ((well: boolean) => void)[] = []
    let at = 0
    const stage = (frame: Buffer): Buffer | Promise<Buffer> => {
      switch (moods[at++ % moods.length]) {
        case 'throw':
          throw new Error('in a bad mood')
        case 'nonsense':
          // @ts-expect-error what JavaScript may return
          return 'nonsense'
        case 'reject':
          return Promise.reject(new Error('in a bad mood'))
        case 'grow':
          return TOO_LARGE
        case 'wait':
          return new Promise((resolve, reject) => {
            pending.push(well => (well ? resolve(frame) : reject(new Error('in a bad mood'))))
          })
        default:
          return frame
      }
    }
    const define = (send: typeof stage) =>
      defineTopic({
        ...kind,
        name: 'chat',
        codec: plainJson,
        middleware: scopes.map(scope => middleware(send, scope))
      })
    const outcomes = new Map<number, string[]>()
    const numberOf = (value: unknown): number => Number(Object(value).n)
    const note = (value: unknown, outcome: string) => {
      outcomes.set(numberOf(value), [...(outcomes.get(numberOf(value)) ?? []), outcome])
    }
    bob.sockets.join(define(same), { onmessage: message => note(message, 'delivered') })
    const topic = define(stage)
    let room = ada.sockets.join(topic)
    let sent = 0
    const take = (next: Step): unknown => {
      switch (next.kind) {
        case 'send':
        case 'broadcast': {
          const value = { n: sent++, text: 'x'.repeat(next.length) }
          outcomes.set(value.n, [])
          try {
            if (next.kind === 'send') room.send(value, keyOf(bob))
            // Nobody is there yet, or again: nothing was to be sent.
            else if (room.broadcast(value) === 0 && room.peers.size === 0) note(value, 'nobody')
          } catch (error) {
            if (!PeersocketsError.is(error)) throw error
            note(value, `thrown ${error.code}`)
          }
          return undefined
        }
        case 'settle promise':
          return pending.splice(next.which % Math.max(pending.length, 1), 1)[0]?.(next.well)
        case 'turn':
          return settled()
        case 'tick':
          return Promise.resolve()
        case 'flush':
          return room.flush()
        case 'leave':
          void ada.sockets.leave('chat', { timeout: 30_000 })
          room = ada.sockets.join(topic)
          return undefined
        case 'time':
          return vi.advanceTimersByTimeAsync(3_000)
        case 'stall':
          return network.stall(0, 1)
        case 'resume':
          return network.resume(0, 1)
      }
    }
    ada.networker.once('handshake', () => first.forEach(take))
    await network.connect(0, 1)
    if (first.length === 0) await settled()
    for (const next of steps) await take(next)
    network.resume(0, 1)
    const stopped = ada.sockets.stop({ timeout: 30_000 })
    await settled()
    await vi.advanceTimersByTimeAsync(30_000)
    await stopped
    await settled()
    for (const { error } of ada.rejections) {
      for (const value of error.dropped) note(value, `reported ${error.code}`)
      const numbers = error.dropped.map(numberOf)
      expect(numbers).toEqual(numbers.toSorted((one, other) => one - other))
    }
    for (const [n, outcome] of outcomes) expect([n, outcome]).toEqual([n, [expect.any(String)]])
    expect(bob.codes()).toEqual([])
    await network.close()
  }
})
