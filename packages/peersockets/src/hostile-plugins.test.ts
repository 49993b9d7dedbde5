import { inspect } from 'node:util'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { type ErrorCode, PeersocketsError } from './errors.js'
import type { Codec, Layer, Middleware } from './plugin.js'
import { plainJson } from './test-support/codecs.js'
import { keyOf, parties, settled } from './test-support/parties.js'
import { defineTopic } from './topic/definition.js'
import type { JoinOptions } from './topic/join-options.js'

/** What somebody else's code may throw, or reject with: more than errors. */
const THROWN: readonly (readonly [string, unknown])[] = [
  ['an error', new Error('broken')],
  ['nothing', undefined],
  ['null', null],
  ['a symbol', Symbol('broken')],
  ['an object without a prototype', Object.create(null)],
  ['an error whose message throws', Object.defineProperty(new Error(), 'message', { get: fail })],
  ['an error without a constructor', Object.assign(new Error('broken'), { constructor: null })],
  [
    'a proxy that throws at every touch',
    new Proxy(new Error(), { get: fail, has: fail, getPrototypeOf: fail })
  ],
  [
    'an error that cannot be printed',
    Object.assign(new Error(), { [Symbol.for('nodejs.util.inspect.custom')]: fail })
  ],
  ['a megabyte', 'x'.repeat(1 << 20)],
  ['what moves a cursor', '\u001b[2J\r\n\u202egood'],
  ['half a surrogate pair', '\ud800']
]

function fail(): never {
  throw new Error('touched')
}

type Kind = 'value' | 'promise' | 'rejection'

/** What a function may return that was to return something else. */
const RETURNED: readonly (readonly [string, Kind, () => unknown])[] = [
  ['nothing', 'value', () => undefined],
  ['null', 'value', () => null],
  ['a number', 'value', () => 3],
  ['a Uint8Array', 'value', () => new Uint8Array(3)],
  ['an object', 'value', () => ({ length: 3 })],
  ['a promise of nothing', 'promise', async () => undefined],
  ['a promise that is rejected', 'rejection', async () => fail()],
  // biome-ignore lint/suspicious/noThenProperty: what is tested is an object that only looks like a promise
  ['what looks like a promise, and throws', 'rejection', () => ({ then: fail })]
]

/** What misbehaves when told to, and is fine otherwise. */
let misbehave: (() => unknown) | undefined

function or<T>(right: () => T): T {
  // What it returns need not be what it is declared as: that is what is tested.
  return misbehave === undefined ? right() : (misbehave() as T)
}

const later = async <T>(right: () => T): Promise<T> => {
  await undefined
  return or(right)
}

const same = (frame: Buffer): Buffer => frame
const layer = (parts: Partial<Layer>): Middleware => ({
  name: 'mw',
  open: () => ({ send: same, receive: same, ...parts })
})
const codec = (parts: Partial<Codec>): Codec => ({ ...plainJson, ...parts })

interface Place {
  readonly where: string
  readonly side: 'sender' | 'receiver'
  /** How it is told of, at that side. */
  readonly reported: ErrorCode
  /** How it is told of what it returns, where anybody looks at that. */
  readonly returned?: Readonly<Record<Kind, ErrorCode>>
  /** Thrown from `send`, instead of reported. */
  readonly thrown?: boolean
  /** What this side has in the topic; the other side has the same without faults. */
  readonly definition?: {
    readonly codec?: Codec
    readonly schema?: StandardSchemaV1
    readonly middleware?: readonly Middleware[]
    readonly batch?: boolean
  }
  readonly options?: JoinOptions<unknown>
}

const standard = (validate: (value: unknown) => StandardSchemaV1.Result<unknown>): StandardSchemaV1 => ({
  '~standard': { version: 1, vendor: 'test', validate }
})

const everywhere = (code: ErrorCode): Record<Kind, ErrorCode> => ({
  value: code,
  promise: code,
  rejection: code
})

const PLACES: readonly Place[] = [
  {
    where: 'a codec that encodes',
    returned: everywhere('ERR_ENCODE_FAILED'),
    side: 'sender',
    reported: 'ERR_ENCODE_FAILED',
    thrown: true,
    definition: { codec: codec({ encode: value => or(() => plainJson.encode(value)) }) }
  },
  {
    where: 'a codec that decodes',
    side: 'receiver',
    reported: 'ERR_DECODE_FAILED',
    definition: { codec: codec({ decode: bytes => or(() => plainJson.decode(bytes)) }) }
  },
  {
    where: 'a schema of what is sent',
    returned: {
      value: 'ERR_UNSUPPORTED_SCHEMA',
      promise: 'ERR_UNSUPPORTED_SCHEMA',
      rejection: 'ERR_UNSUPPORTED_SCHEMA'
    },
    side: 'sender',
    reported: 'ERR_UNSUPPORTED_SCHEMA',
    thrown: true,
    definition: { schema: standard(value => or(() => ({ value }))) }
  },
  {
    where: 'a schema of what is received',
    returned: {
      value: 'ERR_UNSUPPORTED_SCHEMA',
      promise: 'ERR_UNSUPPORTED_SCHEMA',
      rejection: 'ERR_UNSUPPORTED_SCHEMA'
    },
    side: 'receiver',
    reported: 'ERR_UNSUPPORTED_SCHEMA',
    definition: { schema: standard(value => or(() => ({ value }))) }
  },
  {
    where: 'a middleware that sends',
    returned: everywhere('ERR_MIDDLEWARE_FAILED'),
    side: 'sender',
    reported: 'ERR_MIDDLEWARE_FAILED',
    definition: { middleware: [layer({ send: frame => or(() => frame) })] }
  },
  {
    where: 'a middleware that sends, unbatched',
    returned: everywhere('ERR_MIDDLEWARE_FAILED'),
    side: 'sender',
    reported: 'ERR_MIDDLEWARE_FAILED',
    definition: { batch: false, middleware: [layer({ send: frame => later(() => frame) })] }
  },
  {
    where: 'a middleware that sends, late',
    returned: everywhere('ERR_MIDDLEWARE_FAILED'),
    side: 'sender',
    reported: 'ERR_MIDDLEWARE_FAILED',
    definition: { middleware: [layer({ send: frame => later(() => frame) })] }
  },
  {
    where: 'a middleware that receives',
    returned: {
      value: 'ERR_MIDDLEWARE_FAILED',
      promise: 'ERR_MIDDLEWARE_FAILED',
      rejection: 'ERR_MIDDLEWARE_REJECTED'
    },
    side: 'receiver',
    reported: 'ERR_MIDDLEWARE_REJECTED',
    definition: { middleware: [layer({ receive: frame => or(() => frame) })] }
  },
  {
    where: 'a middleware that receives, late',
    returned: {
      value: 'ERR_MIDDLEWARE_FAILED',
      promise: 'ERR_MIDDLEWARE_FAILED',
      rejection: 'ERR_MIDDLEWARE_REJECTED'
    },
    side: 'receiver',
    reported: 'ERR_MIDDLEWARE_REJECTED',
    definition: { middleware: [layer({ receive: frame => later(() => frame) })] }
  },
  {
    where: 'onmessage',
    side: 'receiver',
    reported: 'ERR_HANDLER_FAILED',
    options: { onmessage: () => or(() => undefined) }
  },
  {
    where: 'onmessage, late',
    side: 'receiver',
    reported: 'ERR_HANDLER_FAILED',
    options: { onmessage: () => later(() => undefined) }
  }
]

/** Two peers in a topic in which one side has the bad part, and in one without. */
async function talking({ side, definition = {}, options = {} }: Place) {
  misbehave = undefined
  const { parties: both } = await parties()
  const [sender, receiver] = both
  const { middleware = [], ...others } = definition
  const schema = definition.schema ?? standard(value => ({ value }))
  const bad = defineTopic({ name: 'bad', codec: plainJson, ...others, schema, middleware })
  const faultless = defineTopic({
    name: 'bad',
    codec: plainJson,
    middleware: middleware.map(() => layer({})),
    batch: definition.batch ?? true
  })
  const good = defineTopic({ name: 'good', codec: plainJson })
  const heard: unknown[] = []
  const onmessage = (message: unknown) => void heard.push(message)
  const rooms = {
    bad: sender.sockets.join(side === 'sender' ? bad : faultless),
    good: sender.sockets.join(good)
  }
  const theirs = side === 'receiver' ? bad : faultless
  receiver.sockets.join(theirs, options)
  receiver.sockets.join(theirs, { onmessage })
  receiver.sockets.join(good, { onmessage })
  await settled()

  /** Says one thing in each topic. Gives what `send` threw. */
  const say = async (inBad: string, inGood: string): Promise<unknown[]> => {
    const thrown: unknown[] = []
    for (const [room, text] of [
      [rooms.bad, inBad],
      [rooms.good, inGood]
    ] as const) {
      try {
        room.send(text, keyOf(receiver))
      } catch (error) {
        thrown.push(error)
      }
    }
    await settled()
    return thrown
  }
  const [ours, other] = side === 'sender' ? [sender, receiver] : [receiver, sender]
  return { ours, other, heard, say }
}

/** Lets a place misbehave once, and looks at what is told of it, and at what goes on. */
async function misbehaveOnce(place: Place, code: ErrorCode, how: () => unknown): Promise<PeersocketsError> {
  const { ours, other, heard, say } = await talking(place)
  misbehave = how
  const thrown = await say('lost', 'one')
  misbehave = undefined
  expect(await say('two', 'three')).toEqual([])

  const reported = ours.rejections.map(({ error }) => error)
  const told = place.thrown ? thrown : reported
  expect([thrown.length + reported.length, told.length, other.codes()]).toEqual([1, 1, []])
  expect(ours.sockets.stats.rejected).toEqual(place.thrown ? {} : { [code]: 1 })
  // What a handler does with a message is its own affair: the other handle of the topic has got it.
  const others = place.reported === 'ERR_HANDLER_FAILED' ? ['lost'] : []
  expect(heard.toSorted()).toEqual([...others, 'one', 'three', 'two'])
  const [error] = told
  if (!PeersocketsError.is(error)) throw new TypeError('There is one class of errors.')
  expect([error.code, error.topic]).toEqual([code, 'bad'])
  expect(error.message.length).toBeLessThan(600)
  expect(error.message).not.toMatch(/[\p{Control}\p{Bidi_Control}\p{Surrogate}]/u)
  return error
}

describe.each(PLACES)('$where', place => {
  test.each(THROWN)('may throw %s: it is reported, and the rest goes on', async (_what, cause) => {
    const error = await misbehaveOnce(place, place.reported, () => {
      throw cause
    })
    expect(Object.is(error.cause, cause)).toBe(true)
  })
})

/** A promise where none is waited for. */
const PROMISED = RETURNED.filter(([, kind]) => kind !== 'value')

describe.each(
  PLACES.flatMap(place =>
    place.returned === undefined ? [] : [{ place, where: place.where, codes: place.returned }]
  )
)('$where', ({ place, codes }) => {
  test.each(RETURNED)(
    'may return %s: it is reported, and the rest goes on',
    async (_what, kind, returned) => {
      await misbehaveOnce(place, codes[kind], returned)
    }
  )
})

describe('a codec that decodes', () => {
  const place: Place = {
    where: '',
    side: 'receiver',
    reported: 'ERR_DECODE_FAILED',
    definition: { codec: codec({ decode: bytes => or(() => plainJson.decode(bytes)) }) }
  }
  test.each(PROMISED)(
    'may return %s: it is reported, and the rest goes on',
    async (_what, _kind, returned) => {
      await misbehaveOnce(place, 'ERR_DECODE_FAILED', returned)
    }
  )
})

describe('a middleware that opens', () => {
  const opening = (open: () => unknown) =>
    defineTopic({ name: 'bad', middleware: [{ name: 'mw', open: open as never }] })

  test.each([
    ...RETURNED.map(([what, , returned]) => [what, returned] as const),
    ['half a layer', () => ({ send: same })] as const
  ])(
    'may return %s: the topic stays closed on that connection, which is told, and the rest goes on',
    async (_what, returned) => {
      const { parties: both } = await parties()
      const [ours, theirs] = both
      const heard: string[] = []
      const bad = ours.sockets.join(opening(returned))
      theirs.sockets.join(opening(() => ({ send: same, receive: same })))
      theirs.sockets.join('good', { private: true, onmessage: message => heard.push(message.toString()) })
      const good = ours.sockets.join('good', { private: true })
      await settled()
      expect(ours.rejections.map(({ error }) => [error.code, error.topic])).toEqual([
        ['ERR_MIDDLEWARE_FAILED', 'bad']
      ])
      expect(() => bad.send('x', keyOf(theirs))).toThrow('must return a layer')
      good.send('one', keyOf(theirs))
      await settled()
      expect(heard).toEqual(['one'])
    }
  )
})

describe('a middleware that closes', () => {
  test.each([
    ['throw', fail],
    ['return a promise that is rejected', async () => fail()]
  ])('may %s: it is reported, and the others are closed', async (_what, close) => {
    const { network, parties: both } = await parties()
    const [ours] = both
    const closed: string[] = []
    const first = { ...layer({ close }), name: 'first' }
    const second = { ...layer({ close: () => void closed.push('second') }), name: 'second' }
    for (const { sockets } of both) sockets.join(defineTopic({ name: 'bad', middleware: [first, second] }))
    await settled()
    await network.cut(0, 1)
    await settled()
    expect(closed).toEqual(['second', 'second'])
    expect(ours.codes()).toEqual(['ERR_MIDDLEWARE_FAILED'])
  })
})

describe.each(THROWN)('%s', (_what, cause) => {
  const bad = (): never => {
    throw cause
  }

  test.each([
    ['throws', bad],
    ['rejects', async () => bad()]
  ])('that a callback %s with goes no further, and is counted', async (_how, callback) => {
    const { network, parties: both } = await parties()
    const [ours, theirs] = both
    const printed: string[] = []
    const print = vi.spyOn(console, 'error').mockImplementation(value => void printed.push(inspect(value)))
    onTestFinished(() => print.mockRestore())
    ours.sockets.on('reject', callback)
    ours.sockets.join('bad', {
      private: true,
      onpeerjoin: callback,
      onpeerleave: callback,
      onreject: callback,
      onclose: callback
    })
    const heard: string[] = []
    ours.sockets.join('good', { private: true, onmessage: message => heard.push(message.toString()) })
    theirs.sockets.join('bad', { private: true })
    const good = theirs.sockets.join('good', { private: true })
    await settled()
    good.send('one', keyOf(ours))
    await settled()
    await network.cut(0, 1)
    await network.heal(0, 1)
    await settled()
    good.send('two', keyOf(ours))
    await settled()
    ours.sockets.leave('bad')
    await settled()
    expect(heard).toEqual(['one', 'two'])
    // Three failures of presence; for each, those of its two listeners; and that of onclose.
    expect(ours.sockets.stats.rejected).toEqual({ ERR_HANDLER_FAILED: 3 + 2 * 3 + 1 })
    expect(printed).toHaveLength(1)
  })
})
